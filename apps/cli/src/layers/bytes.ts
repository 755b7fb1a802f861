import { type ActivationMap, measureSizes, type Sizes } from '@zeroskip/formats';
import type { InferenceSession, LayerProbe } from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';
import type { TrialProgress } from '../trial/trial.ts';
import { layerImages, visitLayers } from './images.ts';

/** Bytes of a batch in every format: its images are lowered one after the other. */
function layerBytes({ spec }: LayerProbe, images: readonly ActivationMap[]): Sizes {
  const total: Record<string, number> = {};
  for (const map of images) {
    for (const [format, bytes] of Object.entries(measureSizes(map, spec))) {
      total[format] = (total[format] ?? 0) + bytes;
    }
  }
  return total;
}

/**
 * Lowered sizes of every convolution's real input by layer name: means over the network's inputs.
 * @param onFirst is given each layer with the first image of the first input
 */
export async function measureLayerBytes(
  session: InferenceSession,
  inputs: readonly Tensor[],
  layers: number,
  onProgress: TrialProgress,
  onFirst: (layer: LayerProbe, map: ActivationMap) => void = () => {},
): Promise<Map<string, Sizes>> {
  const sums = new Map<string, Record<string, number>>();
  await visitLayers(session, inputs, layers, onProgress, (layer) => {
    const images = layerImages(layer);
    if (!sums.has(layer.name)) onFirst(layer, images[0]!);
    const sum = sums.get(layer.name) ?? {};
    for (const [format, bytes] of Object.entries(layerBytes(layer, images)))
      sum[format] = (sum[format] ?? 0) + bytes;
    sums.set(layer.name, sum);
  });
  const mean = (bytes: number) => Math.round(bytes / inputs.length);
  return new Map(
    [...sums].map(([name, sum]) => [
      name,
      Object.fromEntries(Object.entries(sum).map(([format, bytes]) => [format, mean(bytes)])),
    ]),
  );
}
