import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { InferenceSession } from '@zeroskip/runner';
import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import sharp from 'sharp';
import { cache } from '../cache.ts';
import { photos } from '../packages.ts';
import type { TensorFlowModel } from './models.ts';

/** Rows and columns of a photo where a model leaves them open: of models that enlarge it, and of others. */
const OPEN_SIZE = { enlarging: 32, other: 256 };

/** Inputs that are no photos, by their names. */
const NUMBERS: Readonly<Record<string, number>> = { 'downsample_ratio:0': 0.5 };

/** What a model that reads text is given: of ASCII alone, as TensorFlow.js changes other bytes. */
const text = join(dirname(cache), 'package.json');

type Metadata = InferenceSession['inputMetadata'][number];

/** A photo that fills the dims; from 0 to 1 as floats. */
async function photo(type: Tensor['type'], dims: readonly number[]): Promise<Tensor> {
  const [, height, width, channels] = dims as [number, number, number, number];
  const image = sharp(photos[0]).removeAlpha().resize(width, height, { fit: 'fill' });
  const pixels = await (channels === 1 ? image.greyscale() : image).raw().toBuffer();
  if (type === 'int32') return new Tensor(type, Int32Array.from(pixels), dims);
  return new Tensor(
    'float32',
    Float32Array.from(pixels, (value) => value / 255),
    dims,
  );
}

const isPhoto = (dims: readonly number[]) => dims.length === 4 && [1, 3].includes(dims[3]!);

/** Values of a model's inputs, by name. */
export async function feedsOf(
  { name: model }: TensorFlowModel,
  { inputMetadata }: Pick<InferenceSession, 'inputMetadata'>,
): Promise<Record<string, Tensor>> {
  const feeds: Record<string, Tensor> = {};
  for (const input of inputMetadata) if (input.isTensor) feeds[input.name] = await inputOf(model, input);
  return feeds;
}

async function inputOf(model: string, { name, type = 'float32', shape }: Metadata): Promise<Tensor> {
  if (type === 'uint8') {
    const bytes = Uint8Array.from(await readFile(text));
    return new Tensor('uint8', bytes, [1, bytes.length]);
  }
  const open = model.includes('esrgan') ? OPEN_SIZE.enlarging : OPEN_SIZE.other;
  // An input whose rank is open is a state, which begins as one zero.
  const dims = (shape ?? [1, 1, 1, 1]).map((dim, axis) =>
    typeof dim === 'number' ? dim : axis === 0 ? 1 : open,
  );
  if (isPhoto(dims) && shape !== undefined) return photo(type, dims);
  const values = allocate(type, sizeOf(dims));
  const number = NUMBERS[name];
  if (number !== undefined) (values as Float32Array).fill(number);
  return new Tensor(type, values as Float32Array, dims);
}
