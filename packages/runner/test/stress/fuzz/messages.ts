/** What a campaign's process tells the one that watches it. */
export interface Progress {
  readonly kind: 'progress';
  readonly runs: number;
  readonly outcomes: readonly [string, number][];
  readonly slowest: { readonly run: number; readonly ms: number };
  readonly kept: number;
  readonly blocks: number;
}

export interface Fault {
  readonly kind: 'error' | 'slow' | 'hang' | 'crash';
  readonly run: number;
  /** In base64. */
  readonly input: string;
  readonly what: string;
}

/**
 * What lies before the input in the file that tells which input a process is at: number, length, whether it has not
 * ended.
 */
export const STATE_HEADER_BYTES = 16;
