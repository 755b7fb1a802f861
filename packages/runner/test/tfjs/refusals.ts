import { expect } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { worded } from '../support/refusal.ts';
import { type Json, layersModel, type WeightParts, withModel } from './layers-model.ts';

export type Weights = Record<string, WeightParts>;

/** An error that names the layer `subject`. */
export const at = (name: string | RegExp) =>
  worded(name, { nodeName: expect.stringMatching(/^subject/), opType: expect.any(String) });

export const load = (topology: Json, weights: Weights = {}, limits = {}) =>
  withModel(layersModel(topology, weights), async () => undefined, limits);
export const loadJson = (json: Json) =>
  InferenceSession.create(new TextEncoder().encode(JSON.stringify(json)));
