import type { ActivationMap } from '@zeroskip/formats';
import type { InferenceSession, LayerProbe } from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';
import { feedsOf } from '../session.ts';
import type { OnProgress } from '../terminal.ts';

/** The images of a layer's input, one map each. */
function layerImages(layer: LayerProbe): ActivationMap[] {
  const [batch, channels, height, width] = layer.inputDims;
  const data = layer.readInput();
  const size = channels * height * width;
  return Array.from({ length: batch }, (_, image) => ({
    channels,
    height,
    width,
    data: data.subarray(image * size, (image + 1) * size),
  }));
}

/** Is given each layer with its first image of the first input. */
export type OnFirst = (layer: LayerProbe, map: ActivationMap) => void;

/**
 * Looks at every image of every convolution's real input. `layers`, the number of convolutions, is for the progress
 * alone.
 * @returns what was found, by layer name
 */
export async function lookAtImages<T>(
  session: InferenceSession,
  inputs: readonly Tensor[],
  layers: number,
  onProgress: OnProgress,
  onFirst: OnFirst,
  look: (map: ActivationMap, layer: LayerProbe) => T,
): Promise<Map<string, T[]>> {
  const found = new Map<string, T[]>();
  let done = 0;
  for (const input of inputs) {
    await session.probe(feedsOf(session, input), (layer) => {
      const list = found.get(layer.name) ?? [];
      found.set(layer.name, list);
      for (const map of layerImages(layer)) {
        if (list.length === 0) onFirst(layer, map);
        list.push(look(map, layer));
      }
      onProgress(++done, layers * inputs.length, layer.name);
    });
  }
  return found;
}
