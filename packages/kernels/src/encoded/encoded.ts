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
  isTypedArray,
  outputSize,
  rangeError,
  Tensor,
  typedArrayName,
  typeError,
} from '@zeroskip/tensor';
import { assertOneOf, assertPixels } from '../checks.ts';
import { Convolution, type ConvolutionOptions, nativeConvSpec } from '../convolution.ts';
import { loadAddon } from '../load-addon.ts';
import { usableThreads } from '../machine/platform.ts';
import { floats } from '../program/memory.ts';
import type { EncodedWork } from './native-patterns.ts';

/** Formats that are encoded and multiplied natively. Each has a row among the algorithms, of the same name. */
export const encodableFormats = ['cpo', 'cps-column'] as const;

export interface EncodeOptions {
  /** One of `encodableFormats`; `cpo` unless told. */
  readonly format?: (typeof encodableFormats)[number];
  /** All processors unless told. The arrays are the same for any number. */
  readonly threads?: number;
}

function floatsOf(what: string, values: unknown): Float32Array {
  if (!isTypedArray(values, 'Float32Array')) throw typeError(what, 'a Float32Array', values);
  return values;
}

function threadsOf({ threads = usableThreads() }: { readonly threads?: number }): number {
  assertInteger('threads', threads, 1, 1024);
  return threads;
}

const INDICES = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array } as const;

function indices(bytes: number, length: number): FormatArray {
  return new INDICES[bytes as keyof typeof INDICES](length);
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
  // A copy: what the caller does to the array must not reach the threads that read it.
  const { channels, height, width } = map;
  const held = { channels, height, width, data: floatsOf('the map data', map.data).slice() };
  const { shape, geometry: full, parameters } = format(id).prepare(held, geometry);
  const spec = convSpec({ inChannels: shape.channels, outChannels: 1, ...full });
  const addon = loadAddon();
  const sizes = await addon.encodeMap(
    id,
    nativeConvSpec(spec),
    shape.height,
    shape.width,
    held.data,
    threads,
  );
  const starts = (bytes: number) => indices(bytes, sizes.flagged + 1);
  const isCpo = id === 'cpo';
  const arrays = {
    channelFlags: new Uint8Array(Math.ceil(shape.channels / 8)),
    channelStarts: starts(sizes.startBytes),
    ...(!isCpo && { valueStarts: starts(sizes.valueStartBytes) }),
    cellEnds: indices(sizes.endBytes, sizes.flagged * sizes.cells),
    [isCpo ? 'indices' : 'words']: indices(sizes.entryBytes, sizes.entries),
    values: floats(sizes.values),
  };
  addon.readEncoded(sizes.handle, arrays);
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

const CLASSES = { Float32Array, Uint8Array, Uint16Array, Uint32Array } as const;

const listOf = (value: unknown) => (Array.isArray(value) ? [...value] : value);

/** A copy of plain objects and arrays, which nobody changes between the checks and the end of a run. */
function ownCopy(map: EncodedMap, arrayNames: readonly string[]): EncodedMap {
  const arrays: Record<string, FormatArray> = { ...map.arrays };
  for (const name of arrayNames) {
    const array: unknown = arrays[name];
    const Class = CLASSES[typedArrayName(array) as keyof typeof CLASSES];
    if (Class === undefined) {
      const expected = `one of ${Object.keys(CLASSES).join(', ')}`;
      throw typeError(`array ${name}`, expected, array, 'ERR_INVALID_FORMAT');
    }
    arrays[name] = new Class(array as FormatArray);
  }
  const geometry = Object.entries({ ...map.geometry }).map(([name, value]) => [name, listOf(value)]);
  return {
    format: map.format,
    shape: { ...map.shape },
    geometry: Object.fromEntries(geometry),
    parameters: { ...map.parameters },
    arrays,
  };
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
  const held = ownCopy(map, arrayNames);
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
    algorithm: held.format,
    ...(activation && { activation }),
  });
  try {
    const output = floats(checked.outChannels * height * width);
    const { native } = convolution;
    const work = await loadAddon().convolveEncoded(
      native,
      held.format,
      shape.height,
      shape.width,
      held.arrays,
      output,
      threads,
    );
    return { output: new Tensor('float32', output, [1, checked.outChannels, height, width]), ...work };
  } finally {
    convolution.release();
  }
}
