import { type NodeView, quantizedRanges, sameDims, type ValueType } from '@zeroskip/onnx';
import { type ElementType, sizeOf, Tensor } from '@zeroskip/tensor';
import { zip } from './common/broadcast.ts';
import type { Operator, TypeRule } from './common/operator.ts';
import { filled } from './common/results.ts';
import { floats } from './common/types.ts';
import { convGeometry, convolve } from './conv.ts';
import { lowerDynamicQuantization } from './integers/lower-maps.ts';
import { convolution, lowerQuantized, matrixProduct } from './integers/lower-products.ts';
import { matMulShape, multiplyMatrices } from './matmul.ts';
import { roundHalfEven } from './unary.ts';

export const bytes: readonly ElementType[] = ['uint8', 'int8'];

/** Dims of a parameter that has a value per row, column or filter, under those of the operand. */
type Aligned = (length: number) => number[];

const perRow: Aligned = (length) => [length, 1];
export const perColumn: Aligned = (length) => [length];
export const perFilter =
  (rank: number): Aligned =>
  (length) => [length, ...new Array<number>(rank - 1).fill(1)];

/** Throws unless a parameter has one value, or one for each of `count`. */
export function requireParameter(node: NodeView, index: number, count: number): void {
  const dims = node.inputs[index]?.dims;
  if (!dims || sizeOf(dims) === 1 || sameDims(dims, [count])) return;
  throw node.error(`dims of input ${index}`, `one value, or [${count}]`, dims, 'ERR_INVALID_SHAPE');
}

/** As the integers that they stand for, exactly. */
export function centred(x: Tensor, zero: Tensor | undefined, aligned: Aligned): Float64Array {
  if (!zero) return Float64Array.from(x.data as Uint8Array);
  const to = new Float64Array(x.size);
  const by = { data: zero.data, dims: zero.size === 1 ? [] : aligned(zero.size) };
  zip<number, number>(x, by, to, x.dims, (value, offset) => value - offset);
  return to;
}

/** A step of the result: sums of products, and how they become a quantized value. */
interface Requantization {
  readonly type: ElementType;
  readonly zero: number;
  /** By the place of an element. */
  readonly factor: (i: number) => number;
}

/** In 32 bits, as onnxruntime computes it: `sum · (a · b / y)`, to the nearest integer, halves to the even one. */
function requantize(sums: Float64Array, { type, zero, factor }: Requantization, to: { [i: number]: number }) {
  const [low, high] = quantizedRanges[type]!;
  for (let i = 0; i < sums.length; i++) {
    const rounded = roundHalfEven(Math.fround(Math.fround(sums[i]!) * factor(i)));
    to[i] = Math.min(high, Math.max(low, rounded + zero));
  }
}

/** Scales of a product: of each operand, whose index gives that of the value, and of the result. */
function factors(a: Tensor, b: Tensor, y: Tensor): (i: number, j: number) => number {
  const [first, second] = [a.data as Float32Array, b.data as Float32Array];
  const own = (values: Float32Array, i: number) => values[values.length === 1 ? 0 : i]!;
  const result = (y.data as Float32Array)[0]!;
  return (i, j) => Math.fround(Math.fround(own(first, i) * own(second, j)) / result);
}

const matMulInteger: Operator = {
  opType: 'MatMulInteger',
  since: 10,
  inputs: [2, 4],
  types: [bytes, bytes, 0, 1],
  infer(node) {
    const { a, b, dims } = matMulShape(node);
    requireParameter(node, 2, a.at(-2)!);
    requireParameter(node, 3, b.at(-1)!);
    return [{ type: 'int32', dims }];
  },
  evaluate: (node, [a, b, zeroA, zeroB], [out]) =>
    filled<Int32Array>(out!, (to) =>
      multiplyMatrices(matMulShape(node), centred(a!, zeroA, perRow), centred(b!, zeroB, perColumn), to),
    ),
};

const convInteger: Operator = {
  opType: 'ConvInteger',
  limits: 'One or two spatial axes.',
  since: 10,
  inputs: [2, 4],
  types: [bytes, bytes, 0, 1],
  infer(node) {
    const { spec, dims } = convGeometry(node.withInputs([0, 1]));
    requireParameter(node, 2, 1);
    requireParameter(node, 3, spec.outChannels);
    return [{ type: 'int32', dims }];
  },
  evaluate: (node, [x, w, zeroX, zeroW], [out]) =>
    filled<Int32Array>(out!, (to) => {
      const weights = centred(w!, zeroW, perFilter(w!.dims.length));
      convolve(node.withInputs([0, 1]), centred(x!, zeroX, perColumn), weights, undefined, to);
    }),
};

/** Operand, scale and zero point, twice, and then those of the result. */
const quantizedProduct: readonly TypeRule[] = [bytes, floats, 0, bytes, floats, 3, floats, bytes];

const qLinearMatMul: Operator = {
  opType: 'QLinearMatMul',
  limits: 'No 8-bit floats.',
  since: 10,
  inputs: [8, 8],
  types: quantizedProduct,
  infer(node) {
    const { a, b, dims } = matMulShape(node.withInputs([0, 3]));
    for (const index of [1, 2]) requireParameter(node, index, a.at(-2)!);
    for (const index of [4, 5]) requireParameter(node, index, b.at(-1)!);
    for (const index of [6, 7]) requireParameter(node, index, 1);
    return [{ type: node.input(7).type, dims }];
  },
  lower: (node, lowering) => lowerQuantized(node, lowering, matrixProduct(node, [0, 3, 5])),
  evaluate(node, [a, scaleA, zeroA, b, scaleB, zeroB, scale, zero], [out]) {
    const shape = matMulShape(node.withInputs([0, 3]));
    const sums = new Float64Array(sizeOf(out!.dims));
    multiplyMatrices(shape, centred(a!, zeroA, perRow), centred(b!, zeroB, perColumn), sums);
    const of = factors(scaleA!, scaleB!, scale!);
    const factor = (i: number) => of(Math.floor(i / shape.n) % shape.m, i % shape.n);
    const how = { type: out!.type, zero: Number(zero!.data[0]), factor };
    return filled<Uint8Array>(out!, (to) => requantize(sums, how, to));
  },
};

export const qLinearConv: Operator = {
  opType: 'QLinearConv',
  limits: 'One or two spatial axes.',
  since: 10,
  inputs: [8, 9],
  types: [...quantizedProduct, ['int32']],
  infer(node) {
    const { spec, dims } = convGeometry(node.withInputs([0, 3, 8]));
    for (const index of [1, 2, 6, 7]) requireParameter(node, index, 1);
    for (const index of [4, 5]) requireParameter(node, index, spec.outChannels);
    return [{ type: node.input(7).type, dims }];
  },
  lower: (node, lowering) => lowerQuantized(node, lowering, convolution(node, [0, 3, 5, 8])),
  evaluate(node, [x, scaleX, zeroX, w, scaleW, zeroW, scale, zero, bias], [out]) {
    const sums = new Float64Array(sizeOf(out!.dims));
    const weights = centred(w!, zeroW, perFilter(w!.dims.length));
    const addend = bias && Float64Array.from(bias.data as Int32Array);
    convolve(node.withInputs([0, 3, 8]), centred(x!, zeroX, perColumn), weights, addend, sums);
    const of = factors(scaleX!, scaleW!, scale!);
    const plane = sizeOf(out!.dims.slice(2));
    const factor = (i: number) => of(0, Math.floor(i / plane) % out!.dims[1]!);
    const how = { type: out!.type, zero: Number(zero!.data[0]), factor };
    return filled<Uint8Array>(out!, (to) => requantize(sums, how, to));
  },
};

const saturated = (value: number) => Math.min(255, Math.max(0, value));

/** The scale and zero point by which the least and the largest value, and 0, fit in uint8. */
export function dynamicRange(values: Iterable<number>): { readonly scale: number; readonly zero: number } {
  let [low, high] = [0, 0];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high === low ? 1 : Math.fround(Math.fround(high - low) / 255);
  return { scale, zero: roundHalfEven(saturated(Math.fround(-low / scale))) };
}

/** `from` in steps of `scale`, to uint8. */
export function toBytes(from: Float32Array, scale: number, zero: number): Uint8Array {
  return Uint8Array.from(from, (value) => saturated(roundHalfEven(Math.fround(value / scale)) + zero));
}

/** To 8 bits, so that the least and the largest value, and 0, fit; in 32 bits, as ONNX defines it. */
const dynamicQuantizeLinear: Operator = {
  opType: 'DynamicQuantizeLinear',
  since: 11,
  inputs: [1, 1],
  outputs: [1, 3],
  types: [['float32']],
  infer: (node): ValueType[] => [
    { type: 'uint8', dims: node.input(0).dims },
    { type: 'float32', dims: [] },
    { type: 'uint8', dims: [] },
  ],
  evaluate(_node, [x], [out]) {
    const from = x!.data as Float32Array;
    const { scale, zero } = dynamicRange(from);
    const quantized = new Tensor('uint8', toBytes(from, scale, zero), out!.dims);
    return [quantized, new Tensor('float32', [scale], []), new Tensor('uint8', [zero], [])];
  },
  lower: lowerDynamicQuantization,
};

/** Sums of products of integers are exact in double precision: operands have 8 bits. */
export const integerOperators: Operator[] = [
  matMulInteger,
  convInteger,
  qLinearMatMul,
  qLinearConv,
  dynamicQuantizeLinear,
];
