import { expect } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { type Json, layersModel, type WeightParts, withModel } from './layers-model.ts';

export type Weights = Record<string, WeightParts>;

const worded = /Expected .+ for .+, received .+/s;
export const code = (expected: string | RegExp) =>
  expect.objectContaining({
    code: typeof expected === 'string' ? expected : expect.stringMatching(expected),
    message: expect.stringMatching(worded),
  });
/** An error that names the layer `subject`. */
export const at = (expected: string | RegExp) =>
  expect.objectContaining({
    code: typeof expected === 'string' ? expected : expect.stringMatching(expected),
    nodeName: expect.stringMatching(/^subject/),
    opType: expect.any(String),
    expected: expect.any(String),
    received: expect.any(String),
    message: expect.stringMatching(worded),
  });

export const load = (topology: Json, weights: Weights = {}, limits = {}) =>
  withModel(layersModel(topology, weights), async () => undefined, limits);
export const loadJson = (json: Json) =>
  InferenceSession.create(new TextEncoder().encode(JSON.stringify(json)));
