/** In Node, where a run leaves the calling thread free by itself: the runner's own. */
export { InferenceSession, Tensor } from '@zeroskip/runner';
export type { ProxyOptions } from './connection.ts';

/** In a browser says how workers are started; see `docs/platforms/browsers.md`. Does nothing in Node. */
export function prepareProxy(_options: object): void {}
