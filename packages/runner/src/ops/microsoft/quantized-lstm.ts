import { dataTypeCode, int, ints, type NodeView, OWN_DOMAIN } from '@zeroskip/onnx';
import { Parts } from '../common/composite.ts';
import type { Composite } from '../common/operator.ts';
import { bytes } from '../integer.ts';

/** Where the inputs stand of which those beyond LSTM's own are made. */
const W = 1;
const R = 2;
const SCALES = 8;

/**
 * Weights as LSTM has them, `directions × 4·hidden × inputs`, of the bytes of input `index`, `directions × inputs ×
 * 4·hidden`, with a scale and a zero point for each direction, or for each of its columns.
 */
function weights(node: NodeView, parts: Parts, index: number): string {
  const scale = SCALES + 2 * (index - W);
  const [directions, , columns] = node.rankAtLeast(index, 3);
  const floats = (value: string) =>
    parts.add('Cast', [value], { attributes: new Map([['to', int(dataTypeCode('float32'))]]) });
  const spread = (at: number) => {
    const { name, dims } = node.input(at);
    const isPerColumn = dims.length === 2;
    if (dims.length === 0 || dims.join() !== (isPerColumn ? `${directions},${columns}` : `${directions}`)) {
      const expected = `[${directions}] or [${directions}, ${columns}]`;
      throw node.error(`dims of input ${at}`, expected, dims, 'ERR_INVALID_SHAPE');
    }
    return parts.reshape(floats(name), [directions!, 1, isPerColumn ? columns! : 1]);
  };
  const steps = parts.add('Sub', [floats(node.input(index).name), spread(scale + 1)]);
  const real = parts.add('Mul', [steps, spread(scale)]);
  return parts.add('Transpose', [real], { attributes: new Map([['perm', ints([0, 2, 1])]]) });
}

/** LSTM with weights of 8 bits, whose inputs and states are quantized to 8 bits as they come. */
export const dynamicQuantizeLstm: Composite = {
  opType: 'DynamicQuantizeLSTM',
  domain: 'com.microsoft',
  limits: 'The state is quantized for each image by itself; onnxruntime may do so for the whole batch.',
  inputs: [3, 12],
  outputs: [1, 3],
  types: [
    ...([['float32'], bytes, bytes, ['float32'], ['int32'], ['float32'], ['float32']] as const),
    ...([['float32'], ['float32'], W, ['float32'], R] as const),
  ],
  decompose(node, names) {
    const parts = new Parts(node, names);
    const [x, scale, zero] = parts.addOf('DynamicQuantizeLinear', [node.input(0).name], 3);
    const own = [
      parts.add('DequantizeLinear', [x!, scale!, zero!]),
      ...[W, R].map((at) => weights(node, parts, at)),
    ];
    const lstm = {
      ...node.node,
      opType: 'LSTM',
      domain: OWN_DOMAIN,
      inputs: [...own, ...node.node.inputs.slice(R + 1, SCALES)],
    };
    const { nodes, constants } = parts.all;
    return { nodes: [...nodes, lstm], ...(constants && { constants }) };
  },
};
