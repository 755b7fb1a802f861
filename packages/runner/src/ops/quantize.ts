import { type NodeView, quantizedRanges, sameDims } from '@zeroskip/onnx';
import {
  type ElementType,
  isNarrowFloat,
  type NarrowFloat,
  narrowFloats,
  sizeOf,
  type Tensor,
  widenFloats,
} from '@zeroskip/tensor';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { anyType, floats } from './common/types.ts';
import { lowerDequantization, lowerQuantization } from './integers/lower-maps.ts';
import { roundHalfEven } from './unary.ts';

/** Floats that values are quantized to, without a zero point. */
const smallFloats: readonly NarrowFloat[] = [
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'float4e2m1',
];

const quantized = [...Object.keys(quantizedRanges), 'int32', ...smallFloats] as readonly ElementType[];

/** Which of the scales is that of an element: one is shared by all, by an index of an axis, or by a block along it. */
type ScaleOf = (i: number) => number;

function scaleOf(node: NodeView): ScaleOf {
  const { dims } = node.input(0);
  const scale = node.input(1).dims;
  const zero = node.inputs[2];
  const isOne = (own: readonly number[]) => own.length <= 1 && sizeOf(own) === 1;
  if (zero && !sameDims(zero.dims, scale) && !(isOne(zero.dims) && isOne(scale))) {
    const expected = `the scale's [${scale.join(', ')}]`;
    throw node.error('dims of the zero point', expected, zero.dims, 'ERR_INVALID_SHAPE');
  }
  if (isOne(scale)) return () => 0;
  const axis = node.axis(dims.length, 1);
  const inner = sizeOf(dims.slice(axis + 1));
  const length = dims[axis]!;
  const block = node.opset >= 21 ? node.int('block_size', 0) : 0;
  if (block < 0) throw node.error('attribute block_size', 'at least 0', block);
  const blocks = block === 0 ? length : Math.ceil(length / block);
  const expected = block === 0 ? [length] : dims.map((dim, i) => (i === axis ? blocks : dim));
  if (!sameDims(scale, expected))
    throw node.error('dims of the scale', `[${expected.join(', ')}]`, scale, 'ERR_INVALID_SHAPE');
  if (block === 0) return (i) => Math.floor(i / inner) % length;
  return (i) => {
    const along = Math.floor(i / inner);
    const row = Math.floor(along / length) * blocks + Math.floor((along % length) / block);
    return row * inner + (i % inner);
  };
}

/** The numbers that elements stand for. */
function values({ type, data }: Tensor): ArrayLike<number> {
  return isNarrowFloat(type) ? widenFloats(type, data as Uint8Array) : (data as Int8Array);
}

const dequantizeLinear: Operator = {
  opType: 'DequantizeLinear',
  cheap: true,
  since: 10,
  inputs: [2, 3],
  types: [quantized, floats, 0],
  infer(node) {
    const { dims } = node.input(0);
    scaleOf(node);
    return [{ type: node.input(1).type, dims }];
  },
  quantized(node) {
    const [values, scale, zero] = node.inputs;
    if (!values?.constant || !scale?.constant || (zero && !zero.constant)) return undefined;
    const isOne = sizeOf(scale.dims) === 1;
    const isPerIndex = isOne || scale.dims.length === 1;
    const axis = isOne ? 0 : node.axis(values.dims.length, 1);
    return isPerIndex
      ? { values: values.constant, scale: scale.constant, zero: zero?.constant, axis }
      : undefined;
  },
  evaluate(node, [x, scale, zero], [out]) {
    const at = scaleOf(node);
    return filled(out!, (to) => {
      const [from, scales, zeros] = [values(x!), scale!.data as Float32Array, zero && values(zero)];
      for (let i = 0; i < to.length; i++) {
        const own = at(i);
        to[i] = (from[i]! - (zeros?.[own] ?? 0)) * scales[own]!;
      }
    });
  },
  lower: lowerDequantization,
};

const quantizeLinear: Operator = {
  opType: 'QuantizeLinear',
  types: [floats, floats, anyType],
  since: 10,
  inputs: [2, 3],
  infer(node) {
    const { dims } = node.input(0);
    const type =
      node.inputs[2]?.type ?? (node.int('output_dtype', 0) === 0 ? 'uint8' : node.type('output_dtype', 2));
    const known = [...Object.keys(quantizedRanges), ...smallFloats];
    if (!known.includes(type))
      throw node.error('the quantized type', `one of ${known.join(', ')}`, type, 'ERR_UNSUPPORTED_TYPE');
    scaleOf(node);
    return [{ type, dims }];
  },
  evaluate(node, [x, scale, zero], [out]) {
    const at = scaleOf(node);
    const [from, scales] = [x!.data as Float32Array, scale!.data as Float32Array];
    const { type } = out!;
    const quotients = Float32Array.from(from, (value, i) => value / scales[at(i)]!);
    if (isNarrowFloat(type)) {
      const saturate = node.flag('saturate', true);
      return filled<Uint8Array>(out!, (to) => to.set(narrowFloats(type, quotients, { saturate })));
    }
    const [low, high] = quantizedRanges[type]!;
    const zeros = zero?.data as Int8Array | undefined;
    return filled<Int8Array>(out!, (to) => {
      for (let i = 0; i < to.length; i++) {
        const value = roundHalfEven(quotients[i]!) + (zeros?.[at(i)] ?? 0);
        to[i] = Math.min(high, Math.max(low, value));
      }
    });
  },
  lower: lowerQuantization,
};

export const quantizeOperators: Operator[] = [dequantizeLinear, quantizeLinear];
