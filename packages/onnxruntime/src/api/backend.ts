import type { Handler, HandlerFactory } from '../session/handler.ts';
import { shared } from '../shared.ts';
import type { OnnxValue } from './onnx-value.ts';

export declare namespace SessionHandler {
  export type FeedsType = { [name: string]: OnnxValue };
  export type FetchesType = { [name: string]: OnnxValue | null };
  export type ReturnType = { [name: string]: OnnxValue };
}

export interface SessionHandler extends Omit<Handler<OnnxValue>, 'run' | 'startProfiling' | 'endProfiling'> {}

/** What executes a session. */
export interface InferenceSessionHandler extends Handler<OnnxValue> {}

/** What makes the handlers of an execution provider. */
export interface Backend extends HandlerFactory<OnnxValue> {}

export const registerBackend: (name: string, backend: Backend, priority: number) => void =
  shared.registerBackend as never;

/** The execution providers that there are. */
export const listSupportedBackends: () => { name: string; bundled: boolean }[] = shared.listSupportedBackends;
