import type { ConvolutionConfig, InferenceSession, LayerProbe } from '@zeroskip/runner';
import { outputSize, type Tensor } from '@zeroskip/tensor';
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

/** What is asked of one output. */
interface Place {
  readonly image: number;
  readonly channel: number;
  readonly y: number;
  readonly x: number;
}

type Sum = (place: Place) => { readonly sum: number; readonly magnitude: number };

/** By definition: Σ x·w + bias, and Σ |x·w| + |bias|. */
function sumOf({ spec, inputDims, weights, bias }: LayerProbe, map: Float32Array): Sum {
  const [, channels, height, width] = inputDims;
  const { group, outChannels, kernel, strides, dilations, pads } = spec;
  const perGroup = channels / group;
  return ({ image, channel, y, x }) => {
    const firstChannel = Math.floor(channel / (outChannels / group)) * perGroup;
    let sum = bias?.[channel] ?? 0;
    let magnitude = Math.abs(sum);
    for (let c = 0; c < perGroup; c++) {
      const plane = (image * channels + firstChannel + c) * height * width;
      const filter = (channel * perGroup + c) * kernel[0] * kernel[1];
      for (let ky = 0; ky < kernel[0]; ky++) {
        const row = y * strides[0] + ky * dilations[0] - pads[0];
        if (row < 0 || row >= height) continue;
        for (let kx = 0; kx < kernel[1]; kx++) {
          const column = x * strides[1] + kx * dilations[1] - pads[1];
          if (column < 0 || column >= width) continue;
          const product = map[plane + row * width + column]! * weights[filter + ky * kernel[1] + kx]!;
          sum += product;
          magnitude += Math.abs(product);
        }
      }
    }
    return { sum, magnitude };
  };
}

/** @returns undefined for a layer with an activation that is not exact itself */
async function layerExactness(layer: LayerProbe, config: ConvolutionConfig): Promise<Exactness | undefined> {
  const { spec, inputDims, activation } = layer;
  const activate = ACTIVATIONS[activation.name];
  if (activate === undefined) return undefined;
  const sum = sumOf(layer, layer.readInput());
  const addend = layer.readAddend();
  const actual = await layer.compute(config);
  const [batch, channels, height, width] = inputDims;
  const [outHeight, outWidth] = outputSize(spec, [height, width]);
  // Beside the products: a bias, and an addend.
  const gamma = ((channels / spec.group) * spec.kernel[0] * spec.kernel[1] + 2) * UNIT_ROUNDOFF;
  const random = randomSource(1);
  const any = (count: number) => Math.floor(random() * count);
  let [maxAbsDiff, ofBound] = [0, 0];
  for (let i = 0; i < OUTPUTS; i++) {
    // The first are the corners of the first and the last channel of the first and the last image.
    const isCorner = i < 16;
    const place: Place = {
      image: isCorner ? (i & 8 ? batch - 1 : 0) : any(batch),
      channel: isCorner ? (i & 4 ? spec.outChannels - 1 : 0) : any(spec.outChannels),
      y: isCorner ? (i & 2 ? outHeight - 1 : 0) : any(outHeight),
      x: isCorner ? (i & 1 ? outWidth - 1 : 0) : any(outWidth),
    };
    const at = ((place.image * spec.outChannels + place.channel) * outHeight + place.y) * outWidth + place.x;
    const { sum: exact, magnitude } = sum(place);
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
