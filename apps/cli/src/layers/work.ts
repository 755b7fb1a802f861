import { type ConvSpec, outputSize } from '@zeroskip/tensor';

type Dims = readonly [number, number, number, number];

/** How many outputs read each element of an axis, all taps together. */
function reads(size: number, outputs: number, kernel: number, stride: number, dilation: number, pad: number) {
  const counts = new Uint32Array(size);
  for (let output = 0; output < outputs; output++) {
    for (let tap = 0; tap < kernel; tap++) {
      const at = output * stride + tap * dilation - pad;
      if (at >= 0 && at < size) counts[at]!++;
    }
  }
  return counts;
}

/** Floating-point operations of a dense convolution, two for each product; those on padding count. */
export function denseOperations(spec: ConvSpec, [batch, channels, height, width]: Dims): number {
  const [outHeight, outWidth] = outputSize(spec, [height, width]);
  const products = (channels / spec.group) * spec.kernel[0] * spec.kernel[1];
  return 2 * batch * outHeight * outWidth * spec.outChannels * products;
}

/** Those of them whose input is not zero; none on padding. `map` is in N, C, H, W order. */
export function nonZeroOperations(spec: ConvSpec, dims: Dims, map: Float32Array): number {
  const [batch, channels, height, width] = dims;
  const { kernel, strides, dilations, pads } = spec;
  const [outHeight, outWidth] = outputSize(spec, [height, width]);
  const rows = reads(height, outHeight, kernel[0], strides[0], dilations[0], pads[0]);
  const columns = reads(width, outWidth, kernel[1], strides[1], dilations[1], pads[1]);
  let total = 0;
  for (let plane = 0, at = 0; plane < batch * channels; plane++) {
    for (let y = 0; y < height; y++) {
      let ofRow = 0;
      for (let x = 0; x < width; x++, at++) if (map[at] !== 0) ofRow += columns[x]!;
      total += ofRow * rows[y]!;
    }
  }
  return 2 * total * (spec.outChannels / spec.group);
}

/** Bytes that a convolution cannot avoid to move: its input, weights and output, once each. */
export function leastBytes(spec: ConvSpec, [batch, channels, height, width]: Dims): number {
  const [outHeight, outWidth] = outputSize(spec, [height, width]);
  const weights = spec.outChannels * (channels / spec.group) * spec.kernel[0] * spec.kernel[1];
  return 4 * (batch * channels * height * width + weights + batch * spec.outChannels * outHeight * outWidth);
}

/** What a convolution has to do at least. */
export interface LayerWork {
  /** Floating-point operations of the dense convolution, and those whose input is not zero. */
  readonly operations: number;
  readonly nonZeroOperations: number;
  /** To be moved: input, weights and output, once each. */
  readonly bytes: number;
}

/** @param map in N, C, H, W order */
export function layerWork(spec: ConvSpec, dims: Dims, map: Float32Array): LayerWork {
  return {
    operations: denseOperations(spec, dims),
    nonZeroOperations: nonZeroOperations(spec, dims, map),
    bytes: leastBytes(spec, dims),
  };
}
