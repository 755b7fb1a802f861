import { assertInteger, rangeError, typeError, ZeroskipError, ZeroskipRangeError } from '@zeroskip/tensor';
import {
  type ActivationMap,
  checkGeometry,
  checkMap,
  checkShape,
  type Geometry,
  type GeometryInput,
  type MapShape,
} from './activation-map.ts';
import type { IndexArray } from './index-width.ts';
import { type Reads, readableMap, readsOf } from './reads.ts';
import type { MapStatistics } from './statistics.ts';

export type FormatArray = Float32Array | IndexArray;
export type FormatArrays = Readonly<Record<string, FormatArray>>;
export type Parameters = Readonly<Record<string, number>>;

/** A map in one of the formats: plain data, the same from every encoder of the format. */
export interface EncodedMap {
  /** Id of the format. */
  readonly format: string;
  /** Of the map before padding. */
  readonly shape: MapShape;
  readonly geometry: Geometry;
  readonly parameters: Parameters;
  /** By name; the format's file draws them. Index arrays have the width that their range needs. */
  readonly arrays: FormatArrays;
}

export interface FormatParameter {
  readonly name: string;
  readonly summary: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/**
 * One representation of activation maps. A native implementation has the same members and gives the same
 * arrays, bit by bit.
 */
export interface SparseFormat {
  readonly id: string;
  /** One line: what it stores. */
  readonly summary: string;
  /** Size in bytes, in the symbols of a reader. */
  readonly sizeFormula: string;
  readonly parameters: readonly FormatParameter[];
  /** Names of the arrays, in the order of the container. */
  readonly arrayNames: readonly string[];
  /** Why this map and geometry cannot be encoded, in words for a person; undefined when they can. */
  refusal(shape: MapShape, geometry: GeometryInput): string | undefined;
  /**
   * Encodes what the convolution reads of a map. Elements that no output reads are not stored.
   * @throws coded errors for a map, geometry or parameter that is not valid; `ERR_REFUSED` with the reason of
   *   `refusal`.
   */
  encode(map: ActivationMap, geometry: GeometryInput, parameters?: Parameters): EncodedMap;
  /**
   * The map, bit by bit, except that elements which no output reads are 0, and that formats which skip zeros
   * give +0 for -0. Validates first.
   */
  decode(encoded: EncodedMap): ActivationMap;
  /**
   * Checks every length, pointer, index and value, and that no other bytes stand for the same map.
   * @throws `ZeroskipRangeError` or `ZeroskipTypeError`, code `ERR_INVALID_FORMAT`.
   */
  validate(encoded: EncodedMap): void;
  /** Bytes of all arrays. */
  byteLength(encoded: EncodedMap): number;
  /** Elements of all arrays: values, indices, pointers and flags count one each. */
  elementCount(encoded: EncodedMap): number;
  /** `byteLength` of a map with these statistics, by the formula. */
  formulaBytes(statistics: MapStatistics): number;
  /** Elements by the accounting of the published tables; undefined where they have none. */
  publishedElements(statistics: MapStatistics): number | undefined;
  /** The arrays of a small map in words: one list of lines per channel, or one for the whole map. */
  annotate(encoded: EncodedMap): string[][];
}

/** Everything that a codec needs to know about one encoded map. */
export interface Context {
  readonly shape: MapShape;
  readonly geometry: Geometry;
  readonly reads: Reads;
  readonly parameters: Parameters;
}

/** What the author of a format writes; `defineFormat` adds the checks that all formats share. */
export interface Codec<A extends FormatArrays>
  extends Pick<SparseFormat, 'id' | 'summary' | 'sizeFormula' | 'formulaBytes'> {
  readonly parameters?: readonly FormatParameter[];
  readonly arrayNames: readonly (keyof A & string)[];
  refusal?(context: Context): string | undefined;
  /** `map` has zeros where nothing is read. */
  encode(map: ActivationMap, context: Context): A;
  /** Throws through `invalid` unless `decode` can read these arrays and `encode` would write them. */
  validate(arrays: A, context: Context): void;
  /** `data` is zero-filled, C × H × W. */
  decode(arrays: A, context: Context, data: Float32Array): void;
  publishedElements?(statistics: MapStatistics): number | undefined;
  annotate(arrays: A, context: Context): string[][];
}

/** The error of damaged arrays, worded as the others. */
export function invalid(what: string, expected: string, received: unknown): ZeroskipRangeError {
  return rangeError(what, expected, received, 'ERR_INVALID_FORMAT');
}

export function assertLength(what: string, array: FormatArray, length: number): void {
  if (array.length !== length) throw invalid(`the length of ${what}`, String(length), array.length);
}

/** Throws unless `array` has the class that its range needs. */
export function assertClass(what: string, array: FormatArray, Class: { readonly name: string }): void {
  if (array.constructor.name !== Class.name) {
    throw typeError(what, `a ${Class.name}`, array, 'ERR_INVALID_FORMAT');
  }
}

function resolveParameters(declared: readonly FormatParameter[], given: Parameters): Parameters {
  for (const name of Object.keys(given)) {
    if (!declared.some((parameter) => parameter.name === name)) {
      const names = declared.map((parameter) => parameter.name).join(', ') || 'no parameters';
      throw rangeError('parameters', names, name);
    }
  }
  const resolved: Record<string, number> = {};
  for (const { name, default: fallback, min, max } of declared) {
    const value = given[name] ?? fallback;
    assertInteger(name, value, min, max);
    resolved[name] = value;
  }
  return resolved;
}

function asFormatError<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const { message, expected, received } = cause as ZeroskipRangeError;
    throw new ZeroskipRangeError(message, {
      code: 'ERR_INVALID_FORMAT',
      ...(expected === undefined ? {} : { expected }),
      ...(received === undefined ? {} : { received }),
      cause,
    });
  }
}

/** What an encoder is given, checked and with its defaults filled in. */
export interface EncodeInput {
  readonly map: ActivationMap;
  readonly geometry: Geometry;
  readonly parameters: Parameters;
}

/**
 * Checks what `encode` of a format is given: for implementations that encode by other means.
 * @throws what `encode` throws.
 */
export function checkEncodeInput(
  { id, parameters: declared, refusal }: Pick<SparseFormat, 'id' | 'parameters' | 'refusal'>,
  map: ActivationMap,
  geometry: GeometryInput,
  given: Parameters = {},
): EncodeInput {
  const checked = checkMap(map);
  const full = checkGeometry(checked, geometry);
  const parameters = resolveParameters(declared, given);
  const reason = refusal(checked, full);
  if (reason !== undefined) {
    throw new ZeroskipError(`Format ${id} refuses this map: ${reason}.`, {
      code: 'ERR_REFUSED',
      received: reason,
    });
  }
  return { map: checked, geometry: full, parameters };
}

export function defineFormat<A extends FormatArrays>(codec: Codec<A>): SparseFormat {
  const { id, arrayNames, parameters: declared = [] } = codec;

  function contextOf(shape: MapShape, geometry: GeometryInput, given: Parameters): Context {
    const checked = checkShape(shape);
    const full = checkGeometry(checked, geometry);
    const parameters = resolveParameters(declared, given);
    return { shape: checked, geometry: full, parameters, reads: readsOf(checked, full) };
  }

  function checkedArrays({ format, arrays }: EncodedMap): A {
    if (format !== id) throw invalid('the format', id, format);
    for (const name of arrayNames) {
      const array: unknown = arrays[name];
      const isKnown =
        array instanceof Float32Array ||
        array instanceof Uint8Array ||
        array instanceof Uint16Array ||
        array instanceof Uint32Array;
      if (!isKnown) {
        const expected = 'a Float32Array, Uint8Array, Uint16Array or Uint32Array';
        throw typeError(`array ${name} of ${id}`, expected, array, 'ERR_INVALID_FORMAT');
      }
    }
    const extra = Object.keys(arrays).find((name) => !arrayNames.includes(name));
    if (extra !== undefined) throw invalid(`the arrays of ${id}`, arrayNames.join(', '), extra);
    return arrays as A;
  }

  function checked(encoded: EncodedMap): { arrays: A; context: Context } {
    const arrays = checkedArrays(encoded);
    const { geometry, parameters } = encoded;
    for (const name of ['kernel', 'strides', 'dilations', 'pads'] as const) {
      if (geometry[name] === undefined) throw invalid(`the geometry in ${id}`, name, undefined);
    }
    for (const { name } of declared) {
      if (parameters[name] === undefined) throw invalid(`the parameters of ${id}`, name, undefined);
    }
    const context = asFormatError(() => contextOf(encoded.shape, encoded.geometry, encoded.parameters));
    const reason = codec.refusal?.(context);
    if (reason !== undefined) throw invalid(`a map in ${id}`, 'a size that it takes', reason);
    codec.validate(arrays, context);
    return { arrays, context };
  }

  const row: SparseFormat = {
    id,
    summary: codec.summary,
    sizeFormula: codec.sizeFormula,
    parameters: declared,
    arrayNames,
    formulaBytes: codec.formulaBytes,
    refusal: (shape, geometry) => codec.refusal?.(contextOf(shape, geometry, {})),
    encode(map, geometry, given) {
      const input = checkEncodeInput(row, map, geometry, given);
      const { channels, height, width } = input.map;
      const shape = { channels, height, width };
      const reads = readsOf(shape, input.geometry);
      const context = { shape, geometry: input.geometry, parameters: input.parameters, reads };
      const arrays = codec.encode(readableMap(input.map, input.geometry, reads), context);
      return { format: id, shape, geometry: input.geometry, parameters: input.parameters, arrays };
    },
    decode(encoded) {
      const { arrays, context } = checked(encoded);
      const { channels, height, width } = context.shape;
      const data = new Float32Array(channels * height * width);
      codec.decode(arrays, context, data);
      return { channels, height, width, data };
    },
    validate(encoded) {
      checked(encoded);
    },
    byteLength: ({ arrays }) => arrayNames.reduce((sum, name) => sum + arrays[name]!.byteLength, 0),
    elementCount: ({ arrays }) => arrayNames.reduce((sum, name) => sum + arrays[name]!.length, 0),
    publishedElements: (statistics) => codec.publishedElements?.(statistics),
    annotate(encoded) {
      const { arrays, context } = checked(encoded);
      return codec.annotate(arrays, context);
    },
  };
  return row;
}
