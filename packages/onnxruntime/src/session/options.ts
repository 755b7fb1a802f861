import type { OnnxModelOptions } from '../onnx-model.ts';
import type { Place } from '../tensor/element-types.ts';

/** What is not named here is accepted and not read. */
export interface SessionSettings extends OnnxModelOptions {
  /** `cpu` and `wasm` are the engine of this package; others are left out with a warning. */
  executionProviders?: readonly (string | { readonly name: string })[];
  /** Threads that one run uses. Default 0: as many as the process may use. */
  intraOpNumThreads?: number;
  /** Not read: layers run one after the other. */
  interOpNumThreads?: number;
  /** Sizes of symbolic dims, by symbol. */
  freeDimensionOverrides?: { readonly [dimensionName: string]: number };
  /** `disabled` fuses no layers; the others are one level. */
  graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all';
  /** Not read. */
  enableCpuMemArena?: boolean;
  /** Not read. */
  enableMemPattern?: boolean;
  /** Not read. */
  executionMode?: 'sequential' | 'parallel';
  /** Nothing is written, and a warning says so. */
  optimizedModelFilePath?: string;
  /** Writes a Chrome trace of each layer's time, by `endProfiling` or `release`. */
  enableProfiling?: boolean;
  /** What the trace's path begins with; a time and `.json` follow. Default `onnxruntime_profile`. */
  profileFilePrefix?: string;
  /** Not read: the engine logs nothing. */
  logId?: string;
  /** Not read: the engine logs nothing. */
  logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  /** Not read: the engine logs nothing. */
  logVerbosityLevel?: number;
  /** Not read: outputs are on the CPU. */
  preferredOutputLocation?: Place | { readonly [outputName: string]: Place };
  /** Not read. */
  enableGraphCapture?: boolean;
  /** `extra.zeroskip` holds options of `@zeroskip/runner`; other entries are not read. */
  extra?: Record<string, unknown>;
}

/** What is not named here is accepted and not read. */
export interface RunSettings {
  /** Not read: the engine logs nothing. */
  logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  /** Not read: the engine logs nothing. */
  logVerbosityLevel?: number;
  /** Whether the run is refused. */
  terminate?: boolean;
  /** Names the run in the trace of `enableProfiling`. */
  tag?: string;
  /** `extra.zeroskip` holds run options of `@zeroskip/runner`, `signal` among them; other entries are not read. */
  extra?: Record<string, unknown>;
}
