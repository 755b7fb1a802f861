import type { TryGetGlobalType } from './global-type.ts';
import { platform } from './platform/name.ts';
import { refusal } from './refusal.ts';

/** The version of onnxruntime whose API this is. */
const version = '1.30.0';

export declare namespace Env {
  export type WasmPathPrefix = string;
  export interface WasmFilePaths {
    wasm?: TryGetGlobalType<'URL', { href: string }> | string;
    mjs?: TryGetGlobalType<'URL', { href: string }> | string;
  }
  export type WasmPrefixOrFilePaths = WasmPathPrefix | WasmFilePaths;

  /** In Node kept, and not read but for `trace`; in browsers threads, the module and the proxy are read, too. */
  export interface WebAssemblyFlags {
    numThreads?: number;
    simd?: boolean | 'fixed' | 'relaxed';
    /** Read where `env.trace` is not set. */
    trace?: boolean;
    initTimeout?: number;
    wasmPaths?: WasmPrefixOrFilePaths;
    wasmBinary?: ArrayBufferLike | Uint8Array;
    proxy?: boolean;
  }

  /** Kept, and not read. */
  export interface WebGLFlags {
    contextId?: 'webgl' | 'webgl2';
    readonly context: TryGetGlobalType<'WebGLRenderingContext', object>;
    matmulMaxBatchSize?: number;
    textureCacheMode?: 'initializerOnly' | 'full';
    pack?: boolean;
    async?: boolean;
  }

  export interface WebGpuProfilingDataV1TensorMetadata {
    dims: readonly number[];
    dataType: string;
  }
  export interface WebGpuProfilingDataV1 {
    version: 1;
    inputsMetadata: readonly WebGpuProfilingDataV1TensorMetadata[];
    outputsMetadata: readonly WebGpuProfilingDataV1TensorMetadata[];
    kernelId: number;
    kernelType: string;
    kernelName: string;
    programName: string;
    startTime: number;
    endTime: number;
  }
  export type WebGpuProfilingData = WebGpuProfilingDataV1;

  /** Kept, and not read. */
  export interface WebGpuFlags {
    profilingMode?: 'off' | 'default';
    profiling: {
      mode?: 'off' | 'default';
      ondata?: (data: WebGpuProfilingData) => void;
    };
    powerPreference?: 'low-power' | 'high-performance';
    forceFallbackAdapter?: boolean;
    adapter: TryGetGlobalType<'GPUAdapter'>;
    get device(): Promise<TryGetGlobalType<'GPUDevice'>>;
    set device(value: TryGetGlobalType<'GPUDevice'>);
    validateInputContent?: boolean;
  }
}

export interface Env {
  /** Kept, and not read: the engine logs nothing. Default `warning`. */
  logLevel?: 'verbose' | 'info' | 'warning' | 'error' | 'fatal';
  /** Kept, and not read. */
  debug?: boolean;
  /** Whether runs put marks into the developer tools' timeline. */
  trace?: boolean;
  readonly versions: {
    readonly common: string;
    readonly web?: string;
    readonly node?: string;
    readonly 'react-native'?: string;
  };
  readonly wasm: Env.WebAssemblyFlags;
  readonly webgl: Env.WebGLFlags;
  readonly webgpu: Env.WebGpuFlags;
  [name: string]: unknown;
}

const logLevels: readonly unknown[] = ['verbose', 'info', 'warning', 'error', 'fatal'];
let logLevel: NonNullable<Env['logLevel']> = 'warning';

/** Flags of the process. */
export const env: Env = {
  wasm: {},
  webgl: {} as Env.WebGLFlags,
  webgpu: {} as Env.WebGpuFlags,
  versions: { common: version, [platform]: version },

  get logLevel(): NonNullable<Env['logLevel']> {
    return logLevel;
  },
  set logLevel(value: Env['logLevel']) {
    if (value === undefined) return;
    if (!logLevels.includes(value)) throw refusal('env.logLevel', `one of ${logLevels.join(', ')}`, value);
    logLevel = value;
  },
};
