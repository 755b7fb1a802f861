// The CommonJS is the one implementation: a program that loads both, as one that mixes packages does, has one engine.
import onnxruntime from '../dist/index.cjs';

export const {
  InferenceSession,
  TRACE,
  TRACE_EVENT_BEGIN,
  TRACE_EVENT_END,
  TRACE_FUNC_BEGIN,
  TRACE_FUNC_END,
  Tensor,
  env,
  listSupportedBackends,
  registerBackend,
} = onnxruntime;
export default onnxruntime;
