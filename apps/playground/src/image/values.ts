import type { ImageInput } from './input.ts';
import { type NormalisationId, normalisations } from './normalisation.ts';

const CHANNELS = 4;
/** Of ITU-R BT.601, as image libraries make photos grey. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** The values of a network's input, from pixels in red, green, blue and alpha. */
export function valuesOf(
  rgba: Uint8ClampedArray,
  { layout, channels }: Pick<ImageInput, 'layout' | 'channels'>,
  normalisation: NormalisationId,
): Float32Array<ArrayBuffer> {
  const { mean, std } = normalisations[normalisation];
  const pixels = rgba.length / CHANNELS;
  const values = new Float32Array(pixels * channels);
  const [step, next] = layout === 'NCHW' ? [1, pixels] : [channels, 1];
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [red, green, blue] = [rgba[pixel * 4]!, rgba[pixel * 4 + 1]!, rgba[pixel * 4 + 2]!];
    const colours = channels === 3 ? [red, green, blue] : [LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue];
    for (let channel = 0; channel < channels; channel++)
      values[pixel * step + channel * next] = (colours[channel]! - mean[channel]!) / std[channel]!;
  }
  return values;
}
