import type { ValueMetadata } from '@zeroskip/runner';
import { rangeError, type Tensor } from '@zeroskip/tensor';
import { unexpected } from '../errors.ts';
import { readBytes } from '../files.ts';
import { inputFiles } from './files.ts';
import { type ImageShape, imageShape, imageTensor, type Normalization } from './image.ts';
import { readNpy } from './npy.ts';

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

export interface InputShape {
  /** The input's; absent where there is only one anyway. */
  readonly name?: string;
  readonly dims: readonly number[];
}

/** How files become what a network takes. */
export interface InputOptions extends Normalization {
  readonly size?: ImageSize;
  readonly shape?: InputShape;
}

/**
 * The only input of a network.
 * @throws with code `ERR_INVALID_ARGUMENT` for a network with several, which no single file can feed
 */
function onlyInput(metadata: readonly ValueMetadata[]): ValueMetadata {
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

function fits(tensor: Pick<Tensor, 'type' | 'dims'>, { type, shape }: ValueMetadata): boolean {
  return (
    tensor.type === type &&
    tensor.dims.length === shape.length &&
    shape.every((dim, axis) => typeof dim === 'string' || dim === tensor.dims[axis])
  );
}

function withShape(input: ValueMetadata, { name = input.name, dims }: InputShape): ValueMetadata {
  const { type } = input;
  if (name !== input.name)
    throw rangeError('--shape', `the model's input ${JSON.stringify(input.name)}`, name);
  if (!fits({ type, dims }, input)) {
    throw rangeError('--shape', `${words(input)}, the model's input`, words({ type, shape: dims }));
  }
  return { ...input, shape: dims };
}

function withSize(input: ValueMetadata, { width, height }: ImageSize): ValueMetadata {
  const image = imageShape(input.shape);
  const takes = (open: number | string, wanted: number) => typeof open === 'string' || open === wanted;
  if (image === undefined || !takes(image.width, width) || !takes(image.height, height)) {
    const expected = `a size that the model's input ${JSON.stringify(input.name)} takes (${words(input)})`;
    throw rangeError('--size', expected, `${width}x${height}`);
  }
  const first = image.channelsLast ? 1 : 2;
  return { ...input, shape: input.shape.with(first, height).with(first + 1, width) };
}

/** The only input of a network, with what `--shape` and `--size` say of dimensions that the model leaves open. */
export function networkInput(
  metadata: readonly ValueMetadata[],
  { shape, size }: Pick<InputOptions, 'shape' | 'size'>,
): ValueMetadata {
  const input = onlyInput(metadata);
  const shaped = shape === undefined ? input : withShape(input, shape);
  return size === undefined ? shaped : withSize(shaped, size);
}

function shapeOf(input: ValueMetadata, what: string): ImageShape {
  const shape = imageShape(input.shape);
  const { height, width } = shape ?? {};
  if (input.type === 'float32' && shape && typeof height === 'number' && typeof width === 'number') {
    return { ...shape, height, width };
  }
  const its = `the model's input ${JSON.stringify(input.name)} is ${words(input)}`;
  const isOpen = input.type === 'float32' && input.shape.some((dim) => typeof dim === 'string');
  const images = 'images are float32 1 × 1, 3 or 4 × H × W, or 1 × H × W × 1, 3 or 4';
  const expected = !isOpen
    ? `a .npy file (${its}, and ${images})`
    : shape
      ? `--size <width>x<height> beside an image (${its})`
      : `a .npy file, or an image with --shape (${its}, and ${images})`;
  throw unexpected('ERR_INVALID_ARGUMENT', what, expected, 'an image');
}

/**
 * Reads one file of `--input`: a `.npy` file is taken as it is, anything else as an image that is resized to
 * the network's size.
 */
export async function readInput(
  path: string,
  input: ValueMetadata,
  normalization: Normalization,
): Promise<Tensor> {
  const what = `--input ${JSON.stringify(path)}`;
  const file = await readBytes('--input', path);
  if (!path.toLowerCase().endsWith('.npy')) {
    return imageTensor(file, shapeOf(input, what), normalization, what);
  }
  const tensor = readNpy(file, what);
  if (!fits(tensor, input)) {
    const received = words({ type: tensor.type, shape: tensor.dims });
    throw rangeError(what, `${words(input)}, the model's input`, received, 'ERR_INVALID_SHAPE');
  }
  return tensor;
}

/** Reads every file of `--input` for the only input of a network; a folder stands for the images and arrays in it. */
export async function readInputs(
  metadata: readonly ValueMetadata[],
  options: InputOptions & { readonly inputs: readonly string[] },
): Promise<{ paths: string[]; inputs: Tensor[] }> {
  const input = networkInput(metadata, options);
  const paths = await inputFiles(options.inputs);
  const inputs: Tensor[] = [];
  for (const path of paths) inputs.push(await readInput(path, input, options));
  return { paths, inputs };
}
