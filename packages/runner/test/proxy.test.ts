import * as proxy from '@zeroskip/runner/proxy';
import { expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../src/index.ts';

it('is the runner itself in Node, where there is nothing to prepare', () => {
  expect(proxy.InferenceSession).toBe(InferenceSession);
  expect(proxy.Tensor).toBe(Tensor);
  expect(proxy.prepareProxy({})).toBeUndefined();
});
