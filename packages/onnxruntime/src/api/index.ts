import { shared } from '../shared.ts';

export type { Env } from '../env.ts';
export type * from '../onnx-model.ts';
export type * from '../tensor/options.ts';
export {
  type Backend,
  type InferenceSessionHandler,
  listSupportedBackends,
  registerBackend,
  type SessionHandler,
} from './backend.ts';
export { InferenceSession, type InferenceSessionFactory } from './inference-session.ts';
export type * from './onnx-value.ts';
export {
  type ConversionUtils,
  Tensor,
  type TensorConstructor,
  type TensorFactory,
  type TypedTensor,
} from './tensor.ts';

export const { env, TRACE, TRACE_EVENT_BEGIN, TRACE_EVENT_END, TRACE_FUNC_BEGIN, TRACE_FUNC_END } = shared;
