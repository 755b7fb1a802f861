import type { ValueMetadata } from '@zeroskip/runner';

/** The input of a network that takes one image. Sides that the model leaves open are undefined. */
export interface ImageInput {
  readonly name: string;
  readonly type: (typeof types)[number];
  readonly layout: 'NCHW' | 'NHWC';
  readonly channels: 1 | 3;
  readonly height: number | undefined;
  readonly width: number | undefined;
}

export interface Size {
  readonly height: number;
  readonly width: number;
}

const types = ['float32', 'float16', 'uint8'] as const;
const isImageType = (type: string): type is ImageInput['type'] => types.some((each) => each === type);

type Dim = number | string;
const isChannels = (dim: Dim | undefined): dim is 1 | 3 => dim === 1 || dim === 3;
const fixed = (dim: Dim | undefined) => (typeof dim === 'number' ? dim : undefined);

const shown = ({ type, shape }: ValueMetadata) =>
  `${type} [${shape.map((dim) => (dim === '' ? '?' : dim)).join(', ')}]`;

/** The only input of a network as an image, or why the playground cannot give it one. */
export function imageInput(inputs: readonly ValueMetadata[]): ImageInput | { readonly reason: string } {
  const [input] = inputs;
  if (!input || inputs.length > 1) {
    const list = inputs.map((each) => `${each.name}: ${shown(each)}`).join('; ');
    const many = `This network takes ${inputs.length} inputs (${list})`;
    return {
      reason: `${input ? many : 'This network takes no input'}. The playground runs networks of one image.`,
    };
  }
  const { name, shape, type, isTensor } = input;
  const refuse = (what: string) => ({
    reason: `The input ${name} is ${shown(input)}. The playground gives a network ${what}.`,
  });
  if (!isTensor) return refuse('a tensor, no sequence or optional value');
  if (!isImageType(type)) return refuse(`images as ${types.join(', ')}`);
  if (shape.length !== 4) return refuse('images of four dimensions: batch, channels, height and width');
  const [batch, second, third, fourth] = shape;
  if (typeof batch === 'number' && batch !== 1) return refuse('one image at a time');
  if (isChannels(second) || (typeof second === 'string' && !isChannels(fourth))) {
    const channels = isChannels(second) ? second : 3;
    return { name, type, layout: 'NCHW', channels, height: fixed(third), width: fixed(fourth) };
  }
  if (!isChannels(fourth)) return refuse('images of one or three channels');
  return { name, type, layout: 'NHWC', channels: fourth, height: fixed(second), width: fixed(third) };
}

export const dimsOf = ({ layout, channels }: ImageInput, { height, width }: Size) =>
  layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels];
