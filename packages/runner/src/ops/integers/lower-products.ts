import type { Constant, InputValue, NodeView } from '@zeroskip/onnx';
import { type ConvSpec, convSpec, sizeOf, Tensor } from '@zeroskip/tensor';
import type { QuantizedLayer } from '../../lowering/actions.ts';
import type { Lowering } from '../../lowering/lowering.ts';
import { isByte, mapShape, type Place, regrouped, reshaped } from '../../lowering/place.ts';
import { convGeometry } from '../conv.ts';
import { matMulShape } from '../matmul.ts';
import { numberOf } from './lower-maps.ts';

/** The largest product of two 8-bit integers without their zero points, and the largest sum. */
const [LARGEST_PRODUCT, LARGEST_SUM] = [255 * 255, 2 ** 31 - 1];

/** What the sums of a layer are made of. */
type Sums = Pick<QuantizedLayer, 'spec' | 'weights' | 'zeros' | 'bias'>;

/** One number for each of `count`, of a constant that has as many, or one for all. */
function numbersOf(input: InputValue, count: number): number[] | undefined {
  const values = input.constant && Array.from(input.constant.load().data, Number);
  if (values?.length === count) return values;
  return values?.length === 1 ? new Array<number>(count).fill(values[0]!) : undefined;
}

/** Undefined where operands are computed, or sums may not fit in 32 bits. */
function sumsOf(
  spec: ConvSpec,
  input: InputValue,
  weights: Constant | undefined,
  zero: InputValue | undefined,
  addend?: InputValue | undefined,
): Sums | undefined {
  const count = spec.outChannels;
  const zeros = zero && numbersOf(zero, count);
  const bias = addend && numbersOf(addend, count);
  if (!weights || input.constant || sizeOf(input.dims) === 0 || (zero && !zeros) || (addend && !bias))
    return undefined;
  const products = (spec.inChannels / spec.group) * spec.kernel[0] * spec.kernel[1];
  const largest = (bias ?? [0]).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (products * LARGEST_PRODUCT + largest > LARGEST_SUM) return undefined;
  return {
    spec,
    weights,
    zeros: zeros && Int32Array.from(zeros),
    bias: bias && Int32Array.from(bias),
  };
}

/** A matrix of integers with its columns as rows, as a tensor of `dims`. */
export function transposed(weights: Constant, dims: readonly number[]): Constant {
  const { type } = weights;
  const [k, n] = weights.dims as [number, number];
  return {
    type,
    dims,
    load() {
      const from = weights.load().data as Uint8Array;
      const to = new (from.constructor as Uint8ArrayConstructor)(from.length);
      for (let i = 0; i < n; i++) for (let l = 0; l < k; l++) to[i * k + l] = from[l * n + i]!;
      return new Tensor(type, to as never, dims);
    },
  };
}

/** A product of integers, and the views that it has. */
export interface Product {
  readonly sums: Sums;
  /** Emits what computes the views that it returns. */
  places(lowering: Lowering): { readonly input: Place; readonly output: Place };
}

/** A convolution. @param indices of its input, weights, the weights' zero point, and where it has one the bias */
export function convolution(
  node: NodeView,
  indices: readonly [number, number, number, number?],
): Product | undefined {
  const [x, w, zero, bias] = indices;
  const { spec } = convGeometry(node.withInputs(bias === undefined ? [x, w] : [x, w, bias]));
  const addend = bias === undefined ? undefined : node.inputs[bias];
  const input = node.input(x);
  const sums = sumsOf(spec, input, node.input(w).constant, node.inputs[zero], addend);
  return (
    sums && {
      sums,
      places: (lowering) => ({ input: lowering.map(input), output: lowering.output(node, 0) }),
    }
  );
}

/** The rows of a matrix, or of more, by one matrix: a convolution of one pixel. */
export function matrixProduct(
  node: NodeView,
  [x, w, zero]: readonly [number, number, number],
): Product | undefined {
  const { a, b, k, n } = matMulShape(node.withInputs([x, w]));
  const weights = node.input(w).constant;
  const m = sizeOf(a.slice(0, -1));
  if (b.length !== 2 || node.input(w).dims.length !== 2 || m * n * k === 0) return undefined;
  const spec = convSpec({ inChannels: k, outChannels: n, kernel: [1, 1] });
  const input = node.input(x);
  const sums = sumsOf(spec, input, weights && transposed(weights, [n, k, 1, 1]), node.inputs[zero]);
  return (
    sums && {
      sums,
      places(lowering) {
        const shape = { n: 1, h: 1, w: m, c: k };
        const map = input.dims.length === 2 ? regrouped(lowering.map(input), shape) : undefined;
        const home = lowering.values.defineRows(node.node.outputs[0]!);
        return {
          input: map ?? reshaped(lowering.values.rows(input.name), shape),
          output: reshaped(home, { n: 1, h: 1, w: m, c: n }),
        };
      },
    }
  );
}

/** A map that is added to a product, and what the sum is quantized by. */
interface Sum {
  readonly addend: { readonly input: InputValue; readonly scale: number; readonly zero: number };
  readonly scale: number;
  readonly zero: number;
}

/**
 * A product of quantized operands to a quantized result, whose scales and zero points are inputs 1, 2 and 4 to 7.
 * @param sum of convolutions that are not depthwise
 */
export function lowerQuantized(
  node: NodeView,
  lowering: Lowering,
  product: Product | undefined,
  sum?: Sum,
): boolean {
  const { type } = node.input(7);
  const [scaleX, zeroX, scale, zero] = [1, 2, 6, 7].map((index) => numberOf(node.input(index)));
  const scalesW = product && numbersOf(node.input(4), product.sums.spec.outChannels);
  if (!scalesW || scaleX === undefined || zeroX === undefined || scale === undefined || zero === undefined)
    return false;
  const factors = Float32Array.from(scalesW, (scaleW) => Math.fround(scaleX * scaleW) / scale);
  if (!isByte(type) || !factors.every(Number.isFinite)) return false;
  if (sum && (isDepthwise(product.sums.spec) || !(scale > 0 && scale < Number.POSITIVE_INFINITY)))
    return false;
  const { input, output } = product.places(lowering);
  const result = { type, scale: factors, zero, ...(sum && { ownScale: scale }) } as const;
  const addend = sum && {
    ...lowering.map(sum.addend.input),
    scale: sum.addend.scale,
    zero: sum.addend.zero,
  };
  const home = sum ? { ...output, scale: sum.scale, zero: sum.zero } : output;
  lowering.emitQuantized(node, { ...product.sums, result }, [{ ...input, zero: zeroX }], home, addend);
  return true;
}

/** Whether each channel is convolved alone, which does not add integers. */
const isDepthwise = ({ group, inChannels, outChannels }: ConvSpec) =>
  group > 1 && group === inChannels && group === outChannels;

/** Where the inputs of a product with a float result are. */
export const FLOAT_RESULT = { scaleX: 2, scaleW: 3, zeroX: 4, zeroW: 5, bias: 6 } as const;

/** How a native product ends in floats. */
interface FloatEnd extends Product {
  /** By channel, beside the input's scale where that is told at a run. */
  readonly scales: readonly number[];
  readonly bias: Float32Array | undefined;
  /** Undefined where scale and zero point are told at a run. */
  readonly zero: number | undefined;
}

/** Undefined where the product is computed on the host. */
function floatEnd(node: NodeView, product: Product | undefined): FloatEnd | undefined {
  const { scaleX, scaleW, zeroX, bias } = FLOAT_RESULT;
  const count = product?.sums.spec.outChannels ?? 0;
  const ones = new Array<number>(count).fill(1);
  const scales = node.hasInput(scaleW) ? numbersOf(node.input(scaleW), count) : ones;
  const biases = node.hasInput(bias) ? numbersOf(node.input(bias), count) : undefined;
  if (!product || !scales || (node.hasInput(bias) && !biases)) return undefined;
  const end = { ...product, bias: biases && Float32Array.from(biases) };
  const [scale, zero] = [numberOf(node.inputs[scaleX], 1), numberOf(node.inputs[zeroX], 0)];
  const isKnown = scale !== undefined && zero !== undefined && node.input(0).type !== 'float32';
  if (isKnown) return { ...end, scales: scales.map((value) => scale * value), zero };
  // A zero point that is told at a run is a byte of the arena.
  return zero === undefined ? { ...end, scales, zero } : undefined;
}

/** Whether `lowerToFloat` lowers the product. */
export const endsInFloats = (node: NodeView, product: Product | undefined) =>
  floatEnd(node, product) !== undefined;

/** A product of integers, or of floats that are quantized to uint8, to floats. */
export function lowerToFloat(node: NodeView, lowering: Lowering, product: Product | undefined): boolean {
  const end = floatEnd(node, product);
  if (!end) return false;
  const { sums, scales, bias, zero, places } = end;
  const { activation } = node.node;
  const result = {
    type: 'float32' as const,
    scale: Float32Array.from(scales),
    bias,
    ...(activation && { activation }),
  };
  if (zero !== undefined) {
    const { input, output } = places(lowering);
    lowering.emitQuantized(node, { ...sums, result }, [{ ...input, zero }], output);
    return true;
  }
  const one = mapShape([1], 'rowMajor');
  const { scaleX, zeroX } = FLOAT_RESULT;
  const scale = numberOf(node.inputs[scaleX], 1);
  const scalePlace =
    scale === undefined
      ? reshaped(lowering.values.rows(node.input(scaleX).name), one)
      : lowering.pool.add(Float32Array.of(scale), one);
  const zeroPlace = reshaped(lowering.values.rows(node.input(zeroX).name), one);
  const { input, output } = places(lowering);
  lowering.emitQuantized(node, { ...sums, result }, [input, scalePlace, zeroPlace], output);
  return true;
}
