import type { ValueMetadata } from '@zeroskip/runner';
import { rangeError, type Tensor, ZeroskipError } from '@zeroskip/tensor';
import { readBytes } from './files.ts';
import { type ImageShape, imageShape, imageTensor, type Normalization } from './image.ts';
import { inputFiles } from './input-files.ts';
import { readNpy } from './npy.ts';

/** A file of `--input`, as the network takes it. */
export interface NetworkInput {
  readonly path: string;
  readonly tensor: Tensor;
}

/**
 * The only input of a network.
 * @throws with code `ERR_INVALID_ARGUMENT` for a network with several, which no single file can feed
 */
export function onlyInput(metadata: readonly ValueMetadata[]): ValueMetadata {
  const [input, ...others] = metadata;
  if (input === undefined || others.length > 0) {
    const names = metadata.map(({ name }) => name);
    throw rangeError('the model', 'a network with one input', names, 'ERR_INVALID_MODEL');
  }
  return input;
}

function words({ type, shape }: Pick<ValueMetadata, 'type' | 'shape'>): string {
  return `${type} ${shape.map((dim) => (dim === '' ? '?' : dim)).join(' × ')}`;
}

function fits(tensor: Tensor, { type, shape }: ValueMetadata): boolean {
  return (
    tensor.type === type &&
    tensor.dims.length === shape.length &&
    shape.every((dim, axis) => typeof dim === 'string' || dim === tensor.dims[axis])
  );
}

function shapeOf(input: ValueMetadata, what: string): ImageShape {
  const shape = imageShape(input.shape);
  const { height, width } = shape ?? {};
  if (input.type !== 'float32' || !shape || typeof height !== 'number' || typeof width !== 'number') {
    const expected = `a .npy file (the model's input ${JSON.stringify(input.name)} is ${words(input)}, and images are float32 1 × 1 or 3 × H × W, or 1 × H × W × 1 or 3)`;
    throw new ZeroskipError(`Expected ${expected} for ${what}, received an image.`, {
      code: 'ERR_INVALID_ARGUMENT',
      expected,
      received: 'an image',
    });
  }
  return { ...shape, height, width };
}

/**
 * Reads one file of `--input`: a `.npy` file is taken as it is, anything else as an image that is resized to
 * the network's size.
 */
export async function readInput(
  path: string,
  input: ValueMetadata,
  normalization: Normalization,
): Promise<NetworkInput> {
  const what = `--input ${JSON.stringify(path)}`;
  const file = await readBytes('--input', path);
  if (!path.toLowerCase().endsWith('.npy')) {
    return { path, tensor: await imageTensor(file, shapeOf(input, what), normalization, what) };
  }
  const tensor = readNpy(file, what);
  if (!fits(tensor, input)) {
    const received = words({ type: tensor.type, shape: tensor.dims });
    throw rangeError(what, `${words(input)}, the model's input`, received, 'ERR_INVALID_SHAPE');
  }
  return { path, tensor };
}

/** Reads every file of `--input`; a folder stands for the images and arrays in it. */
export async function readInputs(
  paths: readonly string[],
  input: ValueMetadata,
  normalization: Normalization,
): Promise<NetworkInput[]> {
  const inputs: NetworkInput[] = [];
  for (const path of await inputFiles(paths)) inputs.push(await readInput(path, input, normalization));
  return inputs;
}
