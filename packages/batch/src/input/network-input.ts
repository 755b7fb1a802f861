import type { ValueMetadata } from '@zeroskip/runner';
import { rangeError, type Tensor, unexpected } from '@zeroskip/tensor';
import { readBytes } from '../files.ts';
import { imageTensor } from '../images/image.ts';
import type { Placement } from '../images/placement.ts';
import type { Preparation } from '../images/preparation.ts';
import { type ImageLayout, type ImageShape, imageShape, type Size } from '../images/shape.ts';
import { isNpy, readNpy } from '../npy.ts';

/** Dims of a network's input. */
export interface InputShape {
  /** The input's; absent where there is only one anyway. */
  readonly name?: string;
  readonly dims: readonly number[];
}

/** What fixes dims of a network's input that the model leaves open. */
export interface InputDims extends Pick<Preparation, 'size' | 'multipleOf' | 'layout'> {
  readonly shape?: InputShape;
}

/** A file as a network takes it. */
export interface PreparedInput {
  readonly tensor: Tensor;
  /** Absent for arrays. */
  readonly placement?: () => Promise<Placement>;
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

function withSize(input: ValueMetadata, { width, height }: Size, layout?: ImageLayout): ValueMetadata {
  const image = imageShape(input.shape, layout);
  const takes = (open: number | string, wanted: number) => typeof open === 'string' || open === wanted;
  if (image === undefined || !takes(image.width, width) || !takes(image.height, height)) {
    const expected = `a size that the model's input ${JSON.stringify(input.name)} takes (${words(input)})`;
    throw rangeError('--size', expected, `${width}x${height}`);
  }
  const first = image.channelsLast ? 1 : 2;
  return { ...input, shape: input.shape.with(first, height).with(first + 1, width) };
}

/**
 * The only input of a network, with what `--shape` and the preparation say of dimensions that the model leaves open.
 * @throws with code `ERR_INVALID_ARGUMENT` for what the model does not take
 */
export function networkInput(
  metadata: readonly ValueMetadata[],
  { size, multipleOf, layout, shape }: InputDims,
): ValueMetadata {
  const input = onlyInput(metadata);
  const shaped = shape === undefined ? input : withShape(input, shape);
  // With `multipleOf` a size is what photos fit within, each in its own aspect.
  return size === undefined || multipleOf !== undefined ? shaped : withSize(shaped, size, layout);
}

function shapeOf(
  input: ValueMetadata,
  { layout, multipleOf }: Pick<Preparation, 'layout' | 'multipleOf'>,
  what: string,
): ImageShape<number | string> {
  const shape = imageShape(input.shape, layout);
  const { height, width } = shape ?? {};
  const isKnown = multipleOf !== undefined || (typeof height === 'number' && typeof width === 'number');
  if (input.type === 'float32' && shape && isKnown) return shape;
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
 * Makes of a file what a network takes: an array is taken as it is, anything else as an image.
 * @param name the file's; what ends in `.npy` must be an array
 * @param what the file's role, for errors
 * @param floats gives the array that an image is written to
 * @throws with code `ERR_INVALID_SHAPE` for an array of another type or shape, `ERR_INVALID_FORMAT` for a file that is
 * neither an array nor an image, `ERR_INVALID_ARGUMENT` for an image where the network takes none
 */
export async function prepareInput(
  name: string,
  file: Buffer,
  input: ValueMetadata,
  preparation: Preparation,
  what = `--input ${JSON.stringify(name)}`,
  floats?: (length: number) => Float32Array,
): Promise<PreparedInput> {
  const isArray = isNpy(file) || /\.npy$/i.test(name);
  if (!isArray) return imageTensor(file, shapeOf(input, preparation, what), preparation, what, floats);
  const tensor = readNpy(file, what);
  if (!fits(tensor, input)) {
    const received = words({ type: tensor.type, shape: tensor.dims });
    throw rangeError(what, `${words(input)}, the model's input`, received, 'ERR_INVALID_SHAPE');
  }
  return { tensor };
}

/** Reads one file of `--input`; see `prepareInput`. */
export async function readInput(
  path: string,
  input: ValueMetadata,
  preparation: Preparation,
): Promise<PreparedInput> {
  return prepareInput(path, await readBytes('--input', path), input, preparation);
}
