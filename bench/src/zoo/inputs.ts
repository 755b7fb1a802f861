import { Tensor } from '@zeroskip/tensor';
import sharp from 'sharp';
import { photos } from '../packages.ts';
import type { ZooInput, ZooModel } from './model.ts';

/** Numbers from 0 to 1 that look random, the same at every start. */
function generator(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

async function photo({ dims, photo: given }: ZooInput): Promise<Float32Array> {
  const { layout, mean, std } = given!;
  const [height, width, channels] = (
    layout === 'NCHW' ? [dims[2], dims[3], dims[1]] : [dims[1], dims[2], dims[3]]
  ) as [number, number, number];
  const image = sharp(photos[0]).removeAlpha().resize(width, height, { fit: 'fill' });
  const pixels = await (channels === 1 ? image.greyscale() : image).raw().toBuffer();
  const of = (numbers: number | readonly number[], c: number) =>
    typeof numbers === 'number' ? numbers : numbers[c]!;
  const plane = height * width;
  return Float32Array.from({ length: plane * channels }, (_, i) => {
    const [pixel, c] =
      layout === 'NCHW' ? [i % plane, Math.floor(i / plane)] : [Math.floor(i / channels), i % channels];
    return (pixels[pixel * channels + c]! - of(mean, c)) / of(std, c);
  });
}

async function values(input: ZooInput): Promise<Float32Array> {
  const length = input.dims.reduce((size, dim) => size * dim, 1);
  const random = generator();
  if (input.photo) return photo(input);
  if (input.uniform) {
    const [low, high] = input.uniform;
    return Float32Array.from({ length }, () => low + (high - low) * random());
  }
  const { sound: amplitude } = input;
  if (amplitude === undefined) return new Float32Array(length);
  return Float32Array.from(
    { length },
    (_, i) => amplitude * (0.6 * Math.sin(0.05 * i) + 0.3 * Math.sin(0.21 * i) + 0.1 * (random() - 0.5)),
  );
}

/** The inputs of a network, by name. */
export async function zooInputs({ inputs }: Pick<ZooModel, 'inputs'>): Promise<Record<string, Tensor>> {
  const feeds: Record<string, Tensor> = {};
  for (const [name, input] of Object.entries(inputs)) {
    feeds[name] = input.integers
      ? new Tensor('int64', BigInt64Array.from(input.integers, BigInt), input.dims)
      : new Tensor('float32', await values(input), input.dims);
  }
  return feeds;
}
