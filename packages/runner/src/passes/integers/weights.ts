import { type Constant, constantFrom } from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { isByte } from '../../lowering/place.ts';
import { transposed as transposedMatrix } from '../../ops/integers/lower-products.ts';

/** Quantized weights, by the names of their constants, each scale a vector. */
export interface Weights {
  readonly values: string;
  readonly scale: string;
  readonly zero: string;
  /** A bias as integers in the scale of the sums; undefined where it is none, or is too large. */
  bias(bias: Constant, inputScale: number): Tensor | undefined;
}

const LARGEST = 2 ** 30;

/**
 * What `weights` stand for; undefined where these are no integers of 8 bits, or have other scales than one, or one for
 * each index of `axis`, which is that of the matrix as it is multiplied where it is `transposed` for that.
 * @param define makes a constant of the graph, and returns its name
 */
export function quantizedWeights(
  { quantized, dims }: Constant,
  axis: number,
  transposed: boolean,
  define: (name: string, constant: Constant) => string,
): Weights | undefined {
  if (!quantized || !isByte(quantized.values.type)) return undefined;
  const { scale, zero, values } = quantized;
  const count = sizeOf(scale.dims);
  const own = transposed ? 1 - axis : axis;
  if (count > 1 && quantized.axis !== own) return undefined;
  if (transposed && dims.length !== 2) return undefined;
  const scales = scale.load().data as Float32Array;
  if (scale.type !== 'float32' || !scales.every((value) => value > 0 && Number.isFinite(value)))
    return undefined;
  const flat = (constant: Constant): Constant => {
    const size = [sizeOf(constant.dims)];
    return { ...constant, dims: size, load: () => constant.load().reshape(size) };
  };
  const zeros = zero ? flat(zero) : constantFrom(new Tensor(values.type, [0], [1]));
  return {
    values: define('integers', transposed ? transposedMatrix(values, values.dims.toReversed()) : values),
    scale: define('scales', flat(scale)),
    zero: define('zeros', zeros),
    bias(bias, inputScale) {
      const from = bias.load().data as Float32Array;
      const factor = (i: number) => Math.fround(inputScale * scales[count === 1 ? 0 : i]!);
      const integers = Int32Array.from(from, (value, i) => {
        const rounded = Math.round(value / factor(i));
        return Math.abs(rounded) < LARGEST ? rounded : LARGEST;
      });
      return bias.type !== 'float32' || integers.includes(LARGEST)
        ? undefined
        : new Tensor('int32', integers, [integers.length]);
    },
  };
}
