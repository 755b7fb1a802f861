import { type AttributeValue, int, ints, type NodeView } from '@zeroskip/onnx';
import { composite, type Parts } from '../common/composite.ts';
import { type Composite, MANY, type TypeRule } from '../common/operator.ts';
import { bytes } from '../integer.ts';
import { otherAttributes } from '../volume/windows.ts';
import { dynamicQuantizeLstm } from './quantized-lstm.ts';

const domain = 'com.microsoft';

/** The first operator set whose QuantizeLinear is told its type without a zero point. */
const QUANTIZE_OPSET = 21;

/** Input `index` as floats: its scale and zero point follow it. */
function real(node: NodeView, parts: Parts, index: number): string {
  const [value, scale, zero = ''] = node.node.inputs.slice(index, index + 3);
  const inner = [value!, scale!, ...(zero === '' ? [] : [zero])];
  return parts.add('DequantizeLinear', inner, { opset: QUANTIZE_OPSET });
}

/** Of a result, whose scale and zero point are inputs. */
function quantize(node: NodeView, parts: Parts, x: string, scale: number, zero: number): void {
  const { inputs, outputs } = node.node;
  const UINT8 = 2;
  const inner = [x, inputs[scale]!, ...(inputs[zero] ? [inputs[zero]] : [])];
  const attributes = new Map(inputs[zero] ? [] : [['output_dtype', int(UINT8)] as const]);
  parts.add('QuantizeLinear', inner, { attributes, opset: QUANTIZE_OPSET, output: outputs[0]! });
}

/** An operator between dequantized inputs and a quantized result. */
function quantized(
  opType: string,
  operands: number,
  apply: (node: NodeView, parts: Parts, inputs: readonly string[]) => string,
): Composite {
  const count = 3 * operands;
  const own = Array.from({ length: operands }, (): TypeRule[] => [bytes, ['float32'], bytes]);
  const operandTypes = [...own.flat(), ['float32'] as TypeRule, bytes];
  return composite({ opType, domain, inputs: [count + 1, count + 2], types: operandTypes }, (node, parts) => {
    const inputs = Array.from({ length: operands }, (_, i) => real(node, parts, 3 * i));
    quantize(node, parts, apply(node, parts, inputs), count, count + 1);
  });
}

const add =
  (opType: string, attributes: readonly [string, AttributeValue][] = []) =>
  (_node: NodeView, parts: Parts, inputs: readonly string[]) =>
    parts.add(opType, inputs, { attributes: new Map(attributes) });

/** With channels at the second place, whichever they have. */
function channelsFirst(node: NodeView, parts: Parts, x: string, apply: (x: string) => string): string {
  if (!node.flag('channels_last', false)) return apply(x);
  const axes = [...node.input(0).dims.keys()];
  const perm = (order: readonly number[]) => ({ attributes: new Map([['perm', ints(order)]]) });
  const first = parts.add('Transpose', [x], perm([0, axes.length - 1, ...axes.slice(1, -1)]));
  return parts.add('Transpose', [apply(first)], perm([0, ...axes.slice(2), 1]));
}

const windowNames = [
  'kernel_shape',
  'pads',
  'strides',
  'auto_pad',
  'ceil_mode',
  'count_include_pad',
  'dilations',
];

const concat = composite({ opType: 'QLinearConcat', domain, inputs: [5, MANY] }, (node, parts) => {
  const count = node.node.inputs.length - 2;
  if (count % 3 !== 0)
    throw node.error('the number of inputs', '2, and 3 for each operand', node.node.inputs.length);
  const inputs = Array.from({ length: count / 3 }, (_, i) => real(node, parts, 2 + 3 * i));
  const attributes = new Map([['axis', int(node.int('axis'))]]);
  quantize(node, parts, parts.add('Concat', inputs, { attributes }), 0, 1);
});

/** Conv with height, width and channels in this order. */
const nhwcFusedConv = composite(
  { opType: 'NhwcFusedConv', domain, inputs: [2, 4] },
  (node, parts, output) => {
    const axes = [...node.input(0).dims.keys()];
    const toFirst = [0, axes.length - 1, ...axes.slice(1, -1)];
    const toLast = [0, ...axes.slice(2), 1];
    const turned = (x: string, order: readonly number[], name?: string) =>
      parts.add('Transpose', [x], {
        attributes: new Map([['perm', ints(order)]]),
        ...(name !== undefined && { output: name }),
      });
    const [x, w, bias = '', z = ''] = node.node.inputs;
    const inputs = [turned(x!, toFirst), w!, bias, z === '' ? '' : turned(z, toFirst)];
    while (inputs.at(-1) === '') inputs.pop();
    const fused = parts.add('FusedConv', inputs, { attributes: node.node.attributes, domain });
    turned(fused, toLast, output);
  },
);

/** Quantization of the default domain, under its name in this one. */
const alias = (opType: string) =>
  composite(
    { opType, domain, inputs: [2, 3] },
    (node, parts, output) =>
      void parts.add(opType, node.node.inputs, {
        attributes: node.node.attributes,
        opset: QUANTIZE_OPSET,
        output,
      }),
  );

export const quantizedOperators: Composite[] = [
  quantized('QLinearAdd', 2, add('Add')),
  quantized('QLinearMul', 2, add('Mul')),
  quantized('QLinearSigmoid', 1, add('Sigmoid')),
  quantized('QLinearLeakyRelu', 1, (node, parts, inputs) =>
    parts.add('LeakyRelu', inputs, { attributes: new Map(otherAttributes(node, ['alpha'])) }),
  ),
  quantized('QLinearSoftmax', 1, (node, parts, inputs) =>
    parts.add('Softmax', inputs, {
      attributes: new Map(otherAttributes(node, ['axis'])),
      opset: node.int('opset'),
    }),
  ),
  quantized('QLinearGlobalAveragePool', 1, (node, parts, [x]) =>
    channelsFirst(node, parts, x!, (map) => parts.add('GlobalAveragePool', [map])),
  ),
  quantized('QLinearAveragePool', 1, (node, parts, [x]) =>
    channelsFirst(node, parts, x!, (map) =>
      parts.add('AveragePool', [map], { attributes: new Map(otherAttributes(node, windowNames)) }),
    ),
  ),
  concat,
  dynamicQuantizeLstm,
  nhwcFusedConv,
  alias('QuantizeLinear'),
  alias('DequantizeLinear'),
];
