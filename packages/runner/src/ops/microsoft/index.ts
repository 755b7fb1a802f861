import { type AttributeValue, float, type NodeView } from '@zeroskip/onnx';
import { composite } from '../common/composite.ts';
import type { Composite } from '../common/operator.ts';
import { floats } from '../common/types.ts';
import { quantizedOperators } from './quantized.ts';
import { transformerOperators } from './transformer.ts';

const domain = 'com.microsoft';

/** Activations that onnxruntime's optimiser fuses, with the attributes that their parameters are. */
const fusedActivations: Readonly<Record<string, readonly string[]>> = {
  Relu: [],
  Sigmoid: [],
  Tanh: [],
  LeakyRelu: ['alpha'],
  HardSigmoid: ['alpha', 'beta'],
  HardSwish: [],
  Clip: ['min', 'max'],
};

/** Clip has its bounds as attributes up to this operator set. */
const CLIP_ATTRIBUTES_OPSET = 6;

function activationAttributes(node: NodeView, opType: string): Map<string, AttributeValue> {
  const names = fusedActivations[opType]!;
  const values = node.floats('activation_params') ?? [];
  if (values.length > names.length)
    throw node.error('attribute activation_params', `${names.length} values for ${opType}`, values);
  return new Map(values.map((value, i) => [names[i]!, { kind: 'float', value }]));
}

/** Conv, then the sum with input Z where it is given, then an activation. */
const fusedConv = composite({ opType: 'FusedConv', domain, inputs: [2, 4] }, (node, parts, output) => {
  const opType = node.choice('activation', [...Object.keys(fusedActivations), ''], '');
  const [x, w, bias = '', z = ''] = node.node.inputs;
  const attributes = new Map(
    [...node.node.attributes].filter(([name]) => name !== 'activation' && name !== 'activation_params'),
  );
  const convolved = parts.add('Conv', bias === '' ? [x!, w!] : [x!, w!, bias], {
    attributes,
    ...(opType === '' && z === '' && { output }),
  });
  const sum = z === '' ? convolved : parts.add('Add', [convolved, z], opType === '' ? { output } : {});
  if (opType === '') return;
  parts.add(opType, [sum], {
    attributes: activationAttributes(node, opType),
    output,
    ...(opType === 'Clip' && { opset: CLIP_ATTRIBUTES_OPSET }),
  });
});

const gelu = composite({ opType: 'Gelu', domain, inputs: [1, 1] }, (node, parts, output) => {
  parts.add('Gelu', [node.input(0).name], { output });
});

const quickGelu = composite(
  { opType: 'QuickGelu', domain, inputs: [1, 1], types: [floats] },
  (node, parts, output) => {
    const attributes = new Map([['alpha', float(node.float('alpha', 1.702))]]);
    parts.add('Swish', [node.input(0).name], { output, attributes, opset: 24 });
  },
);

/** Operators that onnxruntime's own optimiser and quantizer write. */
export const microsoftOperators: Composite[] = [
  fusedConv,
  gelu,
  quickGelu,
  ...transformerOperators,
  ...quantizedOperators,
];
