export { Tensor } from '@zeroskip/tensor';
export { type ProxyOptions, prepareProxy } from './connection.ts';
export { InferenceSession } from './session.ts';
