import { availableParallelism } from 'node:os';
import {
  type ActivationMap,
  type EncodedMap,
  type FormatArray,
  format,
  type GeometryInput,
} from '@zeroskip/formats';
import {
  assertInteger,
  type ConvSpec,
  convSpec,
  outputSize,
  rangeError,
  Tensor,
  typeError,
} from '@zeroskip/tensor';
import type { EncodedWork } from './addon.ts';
import { assertOneOf, assertPixels } from './checks.ts';
import { Convolution, type ConvolutionOptions, nativeConvSpec } from './convolution.ts';
import { loadAddon } from './load-addon.ts';

/** Formats that are encoded and multiplied natively. Each has a row among the algorithms, of the same name. */
export const encodableFormats = ['cpo', 'cps-column'] as const;

export interface EncodeOptions {
  /** One of `encodableFormats`; `cpo` unless told. */
  readonly format?: (typeof encodableFormats)[number];
  /** All processors unless told. The arrays are the same for any number. */
  readonly threads?: number;
}

function threadsOf({ threads = availableParallelism() }: { readonly threads?: number }): number {
  assertInteger('threads', threads, 1, 1024);
  return threads;
}

/**
 * Encodes a map natively: the arrays are those of `encode` of the format, byte by byte.
 * @throws what the format's own `encode` throws
 */
export async function encodeMap(
  map: ActivationMap,
  geometry: GeometryInput,
  options: EncodeOptions = {},
): Promise<EncodedMap> {
  const { format: id = 'cpo' } = options;
  assertOneOf('format', encodableFormats, id);
  const threads = threadsOf(options);
  const checked = format(id).prepare(map, geometry);
  const { shape, geometry: full, parameters } = checked;
  const spec = convSpec({ inChannels: shape.channels, outChannels: 1, ...full });
  const { height, width } = shape;
  const arrays = await loadAddon().encodeMap(id, nativeConvSpec(spec), height, width, map.data, threads);
  return { format: id, shape, geometry: full, parameters, arrays };
}

export interface EncodedConvolutionOptions extends Pick<ConvolutionOptions, 'activation'> {
  /** One value per output channel. */
  readonly bias?: Float32Array;
  /** All processors unless told. The result is the same, bit by bit, for any number. */
  readonly threads?: number;
}

export interface EncodedResult extends EncodedWork {
  /** `1 × M × oH × oW`. */
  readonly output: Tensor<'float32'>;
}

const GEOMETRY = ['kernel', 'strides', 'dilations', 'pads'] as const;

/**
 * Convolves a map that is encoded as `cpo` or `cps-column`, from its arrays alone: they may come from `encodeMap`, from
 * `encode` of the format, or from a container (`fromBytes`) that another program wrote. They are validated first.
 * @param weights `outChannels × inChannels/group × kernelH × kernelW`, row-major
 * @param spec of the geometry for which the map was encoded
 * @throws coded errors: `ERR_INVALID_FORMAT` for arrays that the format does not write; `ERR_INVALID_SHAPE` for a spec
 *   of other channels or another geometry; `ERR_REFUSED` for weights that are not finite
 */
export async function convolveEncoded(
  map: EncodedMap,
  weights: Float32Array,
  spec: ConvSpec,
  options: EncodedConvolutionOptions = {},
): Promise<EncodedResult> {
  if (typeof map !== 'object' || map === null) throw typeError('the encoded map', 'an object', map);
  assertOneOf('the format of a map that is convolved', encodableFormats, map.format);
  const { validate, arrayNames } = format(map.format);
  // Copies, which nobody changes between the checks and the end of the run.
  const arrays: Record<string, FormatArray> = {};
  for (const name of arrayNames) {
    const array = map.arrays?.[name];
    if (!ArrayBuffer.isView(array))
      throw typeError(`array ${name}`, 'a typed array', array, 'ERR_INVALID_FORMAT');
    arrays[name] = array.slice();
  }
  const held = { ...map, arrays: { ...map.arrays, ...arrays } };
  validate(held);
  const { shape, geometry } = held;
  const checked = convSpec(spec);
  if (checked.inChannels !== shape.channels) {
    throw rangeError(
      'spec.inChannels',
      `${shape.channels}, as the map has`,
      checked.inChannels,
      'ERR_INVALID_SHAPE',
    );
  }
  for (const name of GEOMETRY) {
    if (checked[name].join() === geometry[name].join()) continue;
    const expected = `[${geometry[name]}], for which the map was encoded`;
    throw rangeError(`spec.${name}`, expected, `[${checked[name]}]`, 'ERR_INVALID_SHAPE');
  }
  const threads = threadsOf(options);
  assertPixels(checked, 1, [shape.height, shape.width]);
  const [height, width] = outputSize(checked, [shape.height, shape.width]);
  const { bias, activation } = options;
  const convolution = new Convolution(checked, weights, bias, {
    algorithm: map.format,
    ...(activation && { activation }),
  });
  try {
    const output = new Float32Array(checked.outChannels * height * width);
    const { native } = convolution;
    const work = await loadAddon().convolveEncoded(
      native,
      map.format,
      shape.height,
      shape.width,
      arrays,
      output,
      threads,
    );
    return { output: new Tensor('float32', output, [1, checked.outChannels, height, width]), ...work };
  } finally {
    convolution.release();
  }
}
