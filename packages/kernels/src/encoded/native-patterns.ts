/** The part of the native surface that encoded maps and the methods of the paper take. */

import type { FormatArrays } from '@zeroskip/formats';
import type { NativeConvolution, NativeConvSpec } from '../program/native-step.ts';

/** What one run of `convolveEncoded` did. */
export interface EncodedWork {
  /** Multiply-adds. */
  readonly products: number;
  /** Of the arrays, as they were read. */
  readonly bytes: number;
}

/** Samples in milliseconds of one method of the paper, one per round. */
export interface PaperSamples {
  readonly method: string;
  /** Lowering or encoding. */
  readonly lowerMs: Float64Array;
  readonly multiplyMs: Float64Array;
  /** `oH × oW`. */
  readonly result: Float32Array;
}

/** A map that was encoded, not yet read. Opaque. */
interface NativeEncoded {
  readonly __encoded: unique symbol;
}

/** How long the arrays of an encoded map are, and the bytes of their elements. */
interface EncodedSizes {
  readonly handle: NativeEncoded;
  /** Channels with an entry. */
  readonly flagged: number;
  readonly cells: number;
  readonly entries: number;
  readonly values: number;
  readonly startBytes: number;
  readonly valueStartBytes: number;
  readonly endBytes: number;
  readonly entryBytes: number;
}

export interface NativePatterns {
  /**
   * Encodes a map in C, H, W order, which nobody else may have; of the spec, the input channels and the geometry count.
   */
  encodeMap(
    format: string,
    spec: NativeConvSpec,
    height: number,
    width: number,
    data: Float32Array,
    threads: number,
  ): Promise<EncodedSizes>;
  /** Fills the arrays of the format, once. */
  readEncoded(handle: NativeEncoded, arrays: FormatArrays): void;
  /** Writes `M × oH × oW`. Nobody else may have the arrays, which the format has validated. */
  convolveEncoded(
    convolution: NativeConvolution,
    format: string,
    height: number,
    width: number,
    arrays: FormatArrays,
    output: Float32Array,
    threads: number,
  ): Promise<EncodedWork>;
  timePaperMethods(
    map: Float32Array,
    height: number,
    width: number,
    filter: Float32Array,
    kernelH: number,
    kernelW: number,
    rounds: number,
  ): Promise<PaperSamples[]>;
}
