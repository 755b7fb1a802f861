import { measureSizes, type Sizes } from '@zeroskip/formats';
import type { InferenceSession } from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';
import type { OnProgress } from '../terminal.ts';
import { lookAtImages, type OnFirst } from './images.ts';

/** Sums, format by format, with a last step for each. */
export function sumOfSizes(all: readonly Sizes[], last: (sum: number) => number): Sizes {
  const sums: Record<string, number> = {};
  for (const sizes of all) {
    for (const [format, size] of Object.entries(sizes)) sums[format] = (sums[format] ?? 0) + size;
  }
  return Object.fromEntries(Object.entries(sums).map(([format, sum]) => [format, last(sum)]));
}

/**
 * Lowered sizes of every convolution's real input by layer name: means over the network's inputs. The images of a batch
 * are lowered one after the other.
 */
export async function measureLayerBytes(
  session: InferenceSession,
  inputs: readonly Tensor[],
  layers: number,
  onProgress: OnProgress,
  onFirst: OnFirst = () => {},
): Promise<Map<string, Sizes>> {
  const found = await lookAtImages(session, inputs, layers, onProgress, onFirst, (map, { spec }) =>
    measureSizes(map, spec),
  );
  const mean = (sum: number) => Math.round(sum / inputs.length);
  return new Map([...found].map(([name, sizes]) => [name, sumOfSizes(sizes, mean)]));
}
