import { InferenceSession, type Tensor } from '@zeroskip/runner';
import type { FloatNetwork, Layer } from './network.ts';
import { integersOf, type Ranges, writeModel } from './quantise.ts';

/** What a convolution reads. */
export interface Density {
  readonly layer: string;
  /** Share of values that are not zero: of floats, and of integers, whose zero is the zero point. */
  readonly float: number;
  readonly integers: number;
  /** Share of four neighbouring channels of which one is not zero. */
  readonly fours: number;
}

const share = (data: ArrayLike<number>, zero: number) => {
  let count = 0;
  for (let i = 0; i < data.length; i++) count += Number(data[i] !== zero);
  return count / data.length;
};

function shareOfFours({ data, dims }: Tensor, zero: number): number {
  const [n, channels, ...size] = dims as [number, number, ...number[]];
  const plane = size.reduce((product, dim) => product * dim, 1);
  let [count, found] = [0, 0];
  for (let image = 0; image < n; image++) {
    for (let first = 0; first < channels; first += 4) {
      for (let at = 0; at < plane; at++) {
        count++;
        for (let c = first; c < Math.min(channels, first + 4); c++) {
          if (Number(data[(image * channels + c) * plane + at]) === zero) continue;
          found++;
          break;
        }
      }
    }
  }
  return found / count;
}

/** Of each convolution that is neither pointwise nor the first. */
export async function densities(network: FloatNetwork, ranges: Ranges, image: Tensor): Promise<Density[]> {
  const layers = network.layers.filter(
    ({ opType, inputs }: Layer) =>
      opType === 'Conv' &&
      inputs[0] !== network.input &&
      network.constants
        .get(inputs[1]!)!
        .dims.slice(2)
        .some((extent) => extent > 1),
  );
  const maps = [...new Set(layers.map(({ inputs }) => inputs[0]!))];
  const names = maps.map(integersOf);
  const read = async (model: Uint8Array, outputs: readonly string[]) => {
    await using session = await InferenceSession.create(model, { outputs });
    return session.run<Tensor>({ [network.input]: image });
  };
  const floats = await read(writeModel(network, 'float', ranges), maps);
  const quantized = await read(writeModel(network, 'qlinear', ranges), names);
  return layers.map(({ inputs: [map], output }) => {
    const integers = quantized[integersOf(map!)]!;
    const [low, high] = ranges.get(map!)!;
    const [least, most] = [Math.min(0, low), Math.max(0, high)];
    const zero = Math.round((-least / (most - least)) * 255);
    return {
      layer: output,
      float: share(floats[map!]!.data as Float32Array, 0),
      integers: share(integers.data as Uint8Array, zero),
      fours: shareOfFours(integers, zero),
    };
  });
}
