/*
 * What a format is. To add one: a file beside this one that begins with a drawing of its arrays and their sizes
 * and exports `defineFormat({ … })`; its row in formats.ts; its page in docs/formats. Containers, sizes, `explain`,
 * the command line and the tests take it from the row.
 */
import type { IndexArray } from './arrays/index-width.ts';
import type { ActivationMap, Geometry, GeometryInput, MapShape } from './map/activation-map.ts';
import type { Reads } from './map/reads.ts';
import type { MapStatistics } from './statistics/map-statistics.ts';

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

/** One representation of activation maps: a row of `formats`. Made by `defineFormat` from a `Codec`. */
export interface SparseFormat {
  /** Names it in the command line, in containers' errors and in reports. */
  readonly id: string;
  /** One line: what it stores. */
  readonly summary: string;
  /** Size in bytes, in the symbols of a reader. */
  readonly sizeFormula: string;
  /** Whether it leaves zeros out: they decode as +0. */
  readonly sparse: boolean;
  readonly parameters: readonly FormatParameter[];
  /** Names of the arrays, in the order of the container. */
  readonly arrayNames: readonly string[];
  /** Why this map and geometry cannot be encoded, in words for a person; undefined when they can. */
  refusal(shape: MapShape, geometry: GeometryInput): string | undefined;
  /**
   * All of an encoded map but its arrays, for encoders elsewhere.
   * @throws what `encode` throws
   */
  prepare(map: ActivationMap, geometry: GeometryInput, parameters?: Parameters): Omit<EncodedMap, 'arrays'>;
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

/** A map's sizes, and which of its elements the convolution reads. */
export interface Layer {
  readonly shape: MapShape;
  readonly geometry: Geometry;
  readonly reads: Reads;
}

/** Everything that a codec needs to know about one encoded map. */
export interface Context extends Layer {
  readonly parameters: Parameters;
}

/** What the author of a format writes; `defineFormat` adds the checks that all formats share. */
export interface Codec<A extends FormatArrays>
  extends Pick<SparseFormat, 'id' | 'summary' | 'sizeFormula' | 'sparse' | 'formulaBytes'> {
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
