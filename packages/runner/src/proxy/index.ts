/** In Node, where a run leaves the calling thread free by itself: the runner's own. */
export { Tensor } from '@zeroskip/tensor';
export { InferenceSession } from '../session/session.ts';
export type { ProxyOptions } from './connection.ts';

/** In a browser says how workers are started; see `docs/platforms/browsers.md`. Does nothing in Node. */
export function prepareProxy(_options: object): void {}
