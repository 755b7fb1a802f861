import type { Failure } from '../pipeline/protocol.ts';

/** What became of one input, once its result is where it belongs. */
export interface FileOutcome {
  readonly input: string;
  /** Of the input; see `Entry`. */
  readonly version: string;
  /** Of the input, in hexadecimal digits; absent where it could not be read. */
  readonly sha256?: string;
  /** Milliseconds from reading the file to the end of its result. */
  readonly ms: number;
  /** The file that was written, from the output's root. */
  readonly output?: { readonly name: string; readonly bytes: number };
  /** What belongs on a line of results. */
  readonly record?: Readonly<Record<string, unknown>>;
  readonly failure?: Failure;
}
