import type * as tf from '@tensorflow/tfjs-core';
import { defaultLimits, type SessionOptions } from '@zeroskip/runner';
import { bytesOf, describe, typeError, unexpected } from '@zeroskip/tensor';
import { Budget, collected } from './bytes.ts';

export type ModelArtifacts = tf.io.ModelArtifacts;
type WeightEntry = tf.io.WeightsManifestEntry;

/** A model as the runner reads it. */
export interface RunnerModel {
  /** A path, or the bytes of `model.json`. */
  readonly model: string | Uint8Array;
  readonly externalData: NonNullable<SessionOptions['externalData']>;
}

const BYTES_AT_MOST = 4;

/** As many bytes as weights of these shapes can have: an element has four at most. */
export function weightBudget(specs: readonly WeightEntry[]): Budget {
  let most = 0;
  for (const { shape } of specs) {
    const isShape = Array.isArray(shape) && shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
    if (!isShape) throw typeError('the shape of a weight', 'an array of dims', shape);
    most += shape.reduce((product, dim) => product * dim, BYTES_AT_MOST);
  }
  return new Budget(Math.min(most, defaultLimits.maxDataBytes));
}

export function weightEntries(specs: unknown): readonly WeightEntry[] {
  if (specs === undefined || specs === null) return [];
  const isList = Array.isArray(specs) && specs.every((spec) => typeof spec === 'object' && spec !== null);
  if (!isList) throw typeError('weightSpecs of the model', 'an array of objects', specs);
  return specs;
}

/** The weights in one piece or several, as they came. */
async function weightBytes(
  { weightData, getWeightStream }: ModelArtifacts,
  specs: readonly WeightEntry[],
): Promise<Uint8Array[]> {
  if (typeof getWeightStream === 'function') {
    return [await collected(await getWeightStream(), weightBudget(specs), 'the weights of the model')];
  }
  if (weightData === undefined || weightData === null) return [];
  return (Array.isArray(weightData) ? weightData : [weightData]).map((part: unknown) => {
    const bytes = bytesOf(part);
    if (bytes === undefined) throw typeError('weightData of the model', 'ArrayBuffers', part);
    return bytes;
  });
}

function json(content: object): Uint8Array {
  try {
    return new TextEncoder().encode(JSON.stringify(content));
  } catch (cause) {
    const { message } = cause as Error;
    throw unexpected('ERR_INVALID_MODEL', 'the model', 'what JSON can hold', describe(message), cause);
  }
}

/** @throws `TypeError` for what is no model */
export function assertArtifacts(value: unknown): asserts value is ModelArtifacts {
  const topology = (value as ModelArtifacts | null | undefined)?.modelTopology;
  if (typeof topology !== 'object' || topology === null || bytesOf(topology) !== undefined) {
    throw typeError('modelTopology of the model', 'an object', topology);
  }
}

/** What an `IOHandler` loaded, as a model that the runner reads. */
export async function runnerModel(artifacts: ModelArtifacts): Promise<RunnerModel> {
  const { weightSpecs, weightData: _data, getWeightStream: _stream, ...rest } = artifacts;
  const weights = weightEntries(weightSpecs);
  const parts = await weightBytes(artifacts, weights);
  const paths = parts.map((_, i) => `part-${i}`);
  const weightsManifest = weights.length === 0 && parts.length === 0 ? [] : [{ paths, weights }];
  return {
    model: json({ ...rest, weightsManifest }),
    externalData: parts.map((data, i) => ({ path: paths[i]!, data })),
  };
}

/** The kind of model that was asked for; the other one has a loader of its own. */
export type Kind = 'graph' | 'layers';

const loaders: Readonly<Record<Kind, string>> = { graph: 'loadGraphModel', layers: 'loadLayersModel' };

export function assertKind({ modelTopology }: ModelArtifacts, kind: Kind): void {
  const found: Kind = (modelTopology as { node?: unknown }).node === undefined ? 'layers' : 'graph';
  if (found === kind) return;
  const expected = `a model of the kind "${kind}"`;
  const received = `one of the kind "${found}", which ${loaders[found]} loads`;
  throw unexpected('ERR_INVALID_MODEL', loaders[kind], expected, received);
}
