import type { ConvSpec, Pair } from './conv-spec.ts';

type Floats = Float32Array | Float64Array;

export interface ConvOperands {
  readonly spec: ConvSpec;
  /** Height and width before padding. */
  readonly input: Pair;
  /** N × C × H × W. */
  readonly map: Floats;
  /** M × C/group × kH × kW. */
  readonly weights: Floats;
  readonly bias?: Floats | undefined;
}

/** One output in double precision. */
export interface ConvSum {
  /** Σ x·w (+ bias). */
  readonly sum: number;
  /** Σ |x·w| (+ |bias|): what the error of a sum in fewer bits is measured by. */
  readonly magnitude: number;
}

/**
 * The definition of a convolution: gives any output, by its place in N × M × oH × oW. Padding is left out of the sum.
 */
export function convolutionSum({
  spec,
  input: [height, width],
  map,
  weights,
  bias,
}: ConvOperands): (image: number, filter: number, y: number, x: number) => ConvSum {
  const { inChannels, outChannels, group, kernel, strides, dilations, pads } = spec;
  const perGroup = inChannels / group;
  const filtersPerGroup = outChannels / group;
  return (image, filter, y, x) => {
    const firstChannel = Math.floor(filter / filtersPerGroup) * perGroup;
    let sum = bias?.[filter] ?? 0;
    let magnitude = Math.abs(sum);
    for (let c = 0; c < perGroup; c++) {
      const plane = (image * inChannels + firstChannel + c) * height * width;
      const taps = (filter * perGroup + c) * kernel[0] * kernel[1];
      for (let ky = 0; ky < kernel[0]; ky++) {
        const row = y * strides[0] + ky * dilations[0] - pads[0];
        if (row < 0 || row >= height) continue;
        for (let kx = 0; kx < kernel[1]; kx++) {
          const column = x * strides[1] + kx * dilations[1] - pads[1];
          if (column < 0 || column >= width) continue;
          const product = map[plane + row * width + column]! * weights[taps + ky * kernel[1] + kx]!;
          sum += product;
          magnitude += Math.abs(product);
        }
      }
    }
    return { sum, magnitude };
  };
}
