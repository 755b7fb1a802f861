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
