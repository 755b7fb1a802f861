import type { ValueInfo } from './metadata.ts';
import type { RunSettings, SessionSettings } from './options.ts';

/** What executes a session; `Value` stands for its tensors. */
export interface Handler<Value> {
  dispose(): Promise<void>;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueInfo[];
  readonly outputMetadata: readonly ValueInfo[];
  startProfiling(): void;
  endProfiling(): void;
  run(
    feeds: { [name: string]: Value },
    fetches: { [name: string]: Value | null },
    options: RunSettings,
  ): Promise<{ [name: string]: Value }>;
}

/** What makes handlers. */
export interface HandlerFactory<Value> {
  /** Called before the first session of that name. @throws where it cannot be used */
  init(backendName: string): Promise<void>;
  createInferenceSessionHandler(
    uriOrBuffer: string | Uint8Array,
    options?: SessionSettings,
  ): Promise<Handler<Value>>;
}
