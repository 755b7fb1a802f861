import type { Feeds, Fetches, Results, RunOptions, SessionOptions, ValueMetadata } from './options.ts';
import type { LayerProbe } from './probe.ts';

export declare class InferenceSession implements AsyncDisposable {
  static create(
    model: string | Uint8Array | ArrayBufferLike,
    options?: SessionOptions,
  ): Promise<InferenceSession>;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
  run(feeds: Feeds, options?: RunOptions): Promise<Results>;
  run(feeds: Feeds, fetches: Fetches, options?: RunOptions): Promise<Results>;
  /** Runs the network and calls `visit` for every convolution, before it executes. */
  probe(feeds: Feeds, visit: (layer: LayerProbe) => void | Promise<void>): Promise<Results>;
  release(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
