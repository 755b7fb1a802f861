import type { ConvolutionConfig, InferenceSession, LayerProbe } from '@zeroskip/runner';
import { convolutionSum, outputSize, type Tensor } from '@zeroskip/tensor';
import { randomSource } from '../../input/random.ts';
import { feedsOf } from '../../session.ts';
import type { OnProgress } from '../../terminal.ts';

/** How far a layer's outputs lie from the convolution's definition in double precision. */
export interface Exactness {
  /** Outputs that were looked at: corners, and others anywhere. */
  readonly outputs: number;
  readonly maxAbsDiff: number;
  /** The largest difference ÷ its bound γ_K · Σ|x·w|: what rounding to float32 explains is at most 1. */
  readonly ofBound: number;
}

const UNIT_ROUNDOFF = 2 ** -24;
const OUTPUTS = 256;

/** Activations that make no difference larger, and are exact themselves. */
const ACTIVATIONS: Readonly<Record<string, (x: number, alpha: number, beta: number) => number>> = {
  none: (x) => x,
  relu: (x) => Math.max(0, x),
  clip: (x, alpha, beta) => Math.min(beta, Math.max(alpha, x)),
};

/** @returns undefined for a layer with an activation that is not exact itself */
async function layerExactness(layer: LayerProbe, config: ConvolutionConfig): Promise<Exactness | undefined> {
  const { spec, inputDims, activation, weights, bias } = layer;
  const activate = ACTIVATIONS[activation.name];
  if (activate === undefined) return undefined;
  const [batch, channels, height, width] = inputDims;
  const input = [height, width] as const;
  const [outHeight, outWidth] = outputSize(spec, input);
  const sumAt = convolutionSum({ spec, input, map: layer.readInput(), weights, bias });
  const addend = layer.readAddend();
  const actual = await layer.compute(config);
  // Beside the products: a bias, and an addend.
  const gamma = ((channels / spec.group) * spec.kernel[0] * spec.kernel[1] + 2) * UNIT_ROUNDOFF;
  const random = randomSource(1);
  const any = (count: number) => Math.floor(random() * count);
  let [maxAbsDiff, ofBound] = [0, 0];
  for (let i = 0; i < OUTPUTS; i++) {
    // The first are the corners of the first and the last channel of the first and the last image.
    const isCorner = i < 16;
    const image = isCorner ? (i & 8 ? batch - 1 : 0) : any(batch);
    const channel = isCorner ? (i & 4 ? spec.outChannels - 1 : 0) : any(spec.outChannels);
    const y = isCorner ? (i & 2 ? outHeight - 1 : 0) : any(outHeight);
    const x = isCorner ? (i & 1 ? outWidth - 1 : 0) : any(outWidth);
    const at = ((image * spec.outChannels + channel) * outHeight + y) * outWidth + x;
    const { sum: exact, magnitude } = sumAt(image, channel, y, x);
    const added = addend?.values[at] ?? 0;
    const apply = (value: number) => activate(value, activation.alpha ?? 0, activation.beta ?? 0);
    const expected = addend?.beforeActivation ? apply(exact + added) : apply(exact) + added;
    const difference = Math.abs(actual[at]! - expected);
    if (Object.is(actual[at], expected) || difference === 0) continue;
    const share = difference / (gamma * (magnitude + Math.abs(added)));
    // A difference that is no number is infinitely large.
    maxAbsDiff = difference >= 0 ? Math.max(maxAbsDiff, difference) : Number.POSITIVE_INFINITY;
    ofBound = share >= 0 ? Math.max(ofBound, share) : Number.POSITIVE_INFINITY;
  }
  return { outputs: OUTPUTS, maxAbsDiff, ofBound };
}

/**
 * Compares every convolution that `configs` names, on its real input, with its definition in double precision.
 * @returns by layer name
 */
export async function measureExactness(
  session: InferenceSession,
  input: Tensor,
  configs: ReadonlyMap<string, ConvolutionConfig>,
  onProgress: OnProgress,
): Promise<Map<string, Exactness>> {
  const found = new Map<string, Exactness>();
  let done = 0;
  await session.probe(feedsOf(session, input), async (layer) => {
    const config = configs.get(layer.name);
    const exactness = config && (await layerExactness(layer, config));
    if (exactness) found.set(layer.name, exactness);
    onProgress(++done, configs.size, layer.name);
  });
  return found;
}
