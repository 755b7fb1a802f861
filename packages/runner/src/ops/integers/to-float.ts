import { type NodeView, OWN_DOMAIN, type ValueType } from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { composite } from '../common/composite.ts';
import type { Composite, Operator, TypeRule } from '../common/operator.ts';
import { filled } from '../common/results.ts';
import { convGeometry, convolve } from '../conv.ts';
import { bytes, centred, perColumn, perFilter, requireParameter, toBytes } from '../integer.ts';
import { matMulShape, multiplyMatrices } from '../matmul.ts';
import { convolution, endsInFloats, FLOAT_RESULT, lowerToFloat, matrixProduct } from './lower-products.ts';

type Rows = Pick<Operator, 'infer' | 'lower' | 'fusesAddition'> & {
  /** Sums of products of operands without their zero points. */
  sums(node: NodeView, x: Float64Array, w: Tensor, zero: Tensor | undefined): Float64Array;
  /** The place of the channel that an element of the output belongs to. */
  channel(dims: readonly number[]): (i: number) => number;
};

/**
 * Operand, weights, scales of both, zero points of both, bias:
 * `Σ (x - zeroX) · (w - zeroW) · (scaleX · scaleW) + bias`, where an absent scale is 1. An operand of floats is
 * quantized to uint8 by its scale and zero point.
 */
function toFloat(opType: string, domain: string, types: readonly TypeRule[], rows: Rows): Operator {
  return {
    opType,
    domain,
    limits: 'Native with constant weights, and scales of the operand that are one value.',
    inputs: [2, 7],
    types,
    fusesActivation: true,
    ...(rows.fusesAddition && { fusesAddition: rows.fusesAddition }),
    infer: rows.infer,
    evaluate(node, [x, w, scaleX, scaleW, zeroX, zeroW, bias], [out]) {
      const [a, b] = [scaleX, scaleW].map((scale) => scale?.data as Float32Array | undefined);
      const whole =
        x!.type === 'float32'
          ? new Tensor('uint8', toBytes(x!.data as Float32Array, a![0]!, Number(zeroX!.data[0])), x!.dims)
          : x!;
      const sums = rows.sums(node, centred(whole, zeroX, perColumn), w!, zeroW);
      const channel = rows.channel(out!.dims);
      const own = (values: Float32Array | undefined, i: number) => values?.[values.length === 1 ? 0 : i] ?? 1;
      const shift = bias?.data as Float32Array | undefined;
      return filled(out!, (to) => {
        for (let i = 0; i < to.length; i++) {
          const at = channel(i);
          const factor = Math.fround(own(a, 0) * own(b, at));
          to[i] = Math.fround(Math.fround(sums[i]! | 0) * factor) + (shift?.[at] ?? 0);
        }
      });
    },
    lower: rows.lower!,
  };
}

function checked(node: NodeView, count: number, dims: readonly number[]): ValueType[] {
  for (const index of [FLOAT_RESULT.scaleX, FLOAT_RESULT.zeroX]) requireParameter(node, index, 1);
  for (const index of [FLOAT_RESULT.scaleW, FLOAT_RESULT.zeroW, FLOAT_RESULT.bias])
    requireParameter(node, index, count);
  if (node.input(0).type === 'float32') for (const index of [2, 4]) node.input(index);
  return [{ type: 'float32', dims }];
}

const matrices: Rows = {
  infer(node) {
    const { b, dims } = matMulShape(node.withInputs([0, 1]));
    return checked(node, b.at(-1)!, dims);
  },
  sums(node, x, w, zero) {
    const shape = matMulShape(node.withInputs([0, 1]));
    const sums = new Float64Array(sizeOf(shape.dims));
    multiplyMatrices(shape, x, centred(w, zero, perColumn), sums);
    return sums;
  },
  channel: (dims) => (i) => i % dims.at(-1)!,
  lower: (node, lowering) => lowerToFloat(node, lowering, matrixProduct(node, [0, 1, FLOAT_RESULT.zeroW])),
};

const convolved = (node: NodeView) => convolution(node, [0, 1, FLOAT_RESULT.zeroW]);

const maps: Rows = {
  infer(node) {
    const { spec, dims } = convGeometry(node.withInputs([0, 1]));
    return checked(node, spec.outChannels, dims);
  },
  sums(node, x, w, zero) {
    const inner = node.withInputs([0, 1]);
    const sums = new Float64Array(sizeOf(convGeometry(inner).dims));
    convolve(inner, x, centred(w, zero, perFilter(w.dims.length)), undefined, sums);
    return sums;
  },
  channel(dims) {
    const plane = sizeOf(dims.slice(2));
    return (i) => Math.floor(i / plane) % dims[1]!;
  },
  fusesAddition: (node) => endsInFloats(node, convolved(node)),
  lower: (node, lowering) => lowerToFloat(node, lowering, convolved(node)),
};

const parameters = [['float32'], ['float32'], undefined, bytes, ['float32']] as const;
const ownTypes: readonly TypeRule[] = [[...bytes, 'float32'], bytes, ...parameters];

/** What onnxruntime makes of a product of a map that is quantized at the run. */
const dynamicMatMul = composite(
  {
    opType: 'DynamicQuantizeMatMul',
    domain: 'com.microsoft',
    inputs: [3, 5],
    types: [['float32'], bytes, ['float32'], bytes, ['float32']],
  },
  (node, parts, output) => {
    const [x, w, scale, zero = '', bias = ''] = node.node.inputs;
    const [quantized, scaleX, zeroX] = parts.addOf('DynamicQuantizeLinear', [x!], 3);
    const inputs = [quantized!, w!, scaleX!, scale!, zeroX!, zero, bias];
    while (inputs.at(-1) === '') inputs.pop();
    parts.add('MatMulIntegerToFloat', inputs, { domain: 'com.microsoft', output });
  },
);

export const toFloatOperators: (Operator | Composite)[] = [
  toFloat('ConvIntegerToFloat', OWN_DOMAIN, ownTypes, maps),
  toFloat('MatMulIntegerToFloat', OWN_DOMAIN, ownTypes, matrices),
  toFloat('MatMulIntegerToFloat', 'com.microsoft', [bytes, bytes, ...parameters], matrices),
  dynamicMatMul,
];
