import type * as providers from '../session/execution-providers.ts';
import type * as metadata from '../session/metadata.ts';
import type * as options from '../session/options.ts';
import { shared } from '../shared.ts';
import type { OnnxValue } from './onnx-value.ts';

export declare namespace InferenceSession {
  export type OnnxValueMapType = { readonly [name: string]: OnnxValue };
  export type NullableOnnxValueMapType = { readonly [name: string]: OnnxValue | null };
  /** By input name. */
  export type FeedsType = OnnxValueMapType;
  /** Names of outputs, or an object with them as keys; a tensor as value is filled in place of a new one. */
  export type FetchesType = readonly string[] | NullableOnnxValueMapType;
  /** By output name. */
  export type ReturnType = OnnxValueMapType;

  export interface SessionOptions extends options.SessionOptions {}
  export interface RunOptions extends options.RunOptions {}

  export interface ExecutionProviderOptionMap extends providers.ExecutionProviderOptionMap {}
  export type ExecutionProviderName = keyof ExecutionProviderOptionMap;
  export type ExecutionProviderConfig = providers.ExecutionProviderConfig;
  export interface ExecutionProviderOption extends providers.ExecutionProviderOption {}
  export interface CpuExecutionProviderOption extends providers.CpuExecutionProviderOption {}
  export interface CudaExecutionProviderOption extends providers.CudaExecutionProviderOption {}
  export interface DmlExecutionProviderOption extends providers.DmlExecutionProviderOption {}
  export interface TensorRtExecutionProviderOption extends providers.TensorRtExecutionProviderOption {}
  export interface WebAssemblyExecutionProviderOption extends providers.WebAssemblyExecutionProviderOption {}
  export interface WebGLExecutionProviderOption extends providers.WebGLExecutionProviderOption {}
  export interface XnnpackExecutionProviderOption extends providers.XnnpackExecutionProviderOption {}
  export interface WebGpuExecutionProviderOption extends providers.WebGpuExecutionProviderOption {}
  export interface WebNNExecutionProviderName extends providers.WebNNExecutionProviderName {}
  export interface WebNNContextOptions extends providers.WebNNContextOptions {}
  export interface WebNNOptionsWithoutMLContext extends providers.WebNNOptionsWithoutMLContext {}
  export interface WebNNOptionsWithMLContext extends providers.WebNNOptionsWithMLContext {}
  export interface WebNNOptionsWebGpu extends providers.WebNNOptionsWebGpu {}
  export type WebNNExecutionProviderOption = providers.WebNNExecutionProviderOption;
  export interface QnnExecutionProviderOption extends providers.QnnExecutionProviderOption {}
  export interface CoreMLExecutionProviderOption extends providers.CoreMLExecutionProviderOption {}
  export interface NnapiExecutionProviderOption extends providers.NnapiExecutionProviderOption {}

  export interface ValueMetadataBase extends metadata.ValueMetadataBase {}
  export interface NonTensorValueMetadata extends metadata.NonTensorValueMetadata {}
  export interface TensorValueMetadata extends metadata.TensorValueMetadata {}
  export type ValueMetadata = metadata.ValueMetadata;
}

/** A loaded network. */
export interface InferenceSession {
  run(
    feeds: InferenceSession.FeedsType,
    options?: InferenceSession.RunOptions,
  ): Promise<InferenceSession.ReturnType>;
  /** @param fetches outputs to compute; all where it names none */
  run(
    feeds: InferenceSession.FeedsType,
    fetches: InferenceSession.FetchesType,
    options?: InferenceSession.RunOptions,
  ): Promise<InferenceSession.ReturnType>;
  /** Frees the session's memory, after the runs that go on. */
  release(): Promise<void>;
  /** Begins another profile after `endProfiling`, where option `enableProfiling` is set. */
  startProfiling(): void;
  /** Writes the profile. */
  endProfiling(): void;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly InferenceSession.ValueMetadata[];
  readonly outputMetadata: readonly InferenceSession.ValueMetadata[];
}

export interface InferenceSessionFactory {
  /** @param uri a path, or a URL that is fetched */
  create(uri: string, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  create(buffer: ArrayBufferLike, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  /** Loads a part of a buffer: `byteLength` bytes, or all, from `byteOffset` on. */
  create(
    buffer: ArrayBufferLike,
    byteOffset: number,
    byteLength?: number,
    options?: InferenceSession.SessionOptions,
  ): Promise<InferenceSession>;
  create(buffer: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
}

export const InferenceSession = shared.InferenceSession as unknown as InferenceSessionFactory;
