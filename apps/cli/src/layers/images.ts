import type { ActivationMap } from '@zeroskip/formats';
import type { InferenceSession, LayerProbe } from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';
import type { TrialProgress } from '../trial/trial.ts';

/** The images of a layer's input, one map each. */
export function layerImages(layer: LayerProbe): ActivationMap[] {
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

/** Visits every convolution on every input. `layers`, the number of convolutions, is for the progress alone. */
export async function visitLayers(
  session: InferenceSession,
  inputs: readonly Tensor[],
  layers: number,
  onProgress: TrialProgress,
  visit: (layer: LayerProbe) => void,
): Promise<void> {
  let done = 0;
  for (const input of inputs) {
    await session.probe({ [session.inputNames[0]!]: input }, (layer) => {
      visit(layer);
      onProgress(++done, layers * inputs.length, layer.name);
    });
  }
}
