import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sizeOf, type Tensor } from '@zeroskip/tensor';
import { InferenceSession, type Limits } from '../../src/index.ts';
import { float32 } from '../support/onnx.ts';

/** Parts of a model.json, as far as a test needs them. */
export type Json = Record<string, unknown>;

export interface WeightParts {
  readonly shape: readonly number[];
  /** 1, 2, 3, … where absent. */
  readonly values?: readonly number[];
}

export interface LayersModel {
  readonly json: Json;
  /** Bytes of `weights.bin`. */
  readonly weights: Uint8Array;
}

export function inputLayer(shape: readonly (number | null)[], name = 'x'): Json {
  const config = { name, batch_input_shape: [null, ...shape], dtype: 'float32' };
  return { class_name: 'InputLayer', name, config, inbound_nodes: [] };
}

/** A layer with one call, on the first outputs of `inputs`. */
export function layer(
  className: string,
  name: string,
  config: Json = {},
  inputs: readonly string[] = [],
): Json {
  const inbound = inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])];
  return { class_name: className, name, config: { name, ...config }, inbound_nodes: inbound };
}

export function sequential(layers: readonly Json[]): Json {
  return { class_name: 'Sequential', config: { name: 'net', layers } };
}

export function functional(
  layers: readonly Json[],
  inputs: readonly string[],
  outputs: readonly string[],
): Json {
  const references = (names: readonly string[]) => names.map((name) => [name, 0, 0]);
  const config = {
    name: 'net',
    layers,
    input_layers: references(inputs),
    output_layers: references(outputs),
  };
  return { class_name: 'Functional', config };
}

export function layersModel(
  topology: Json,
  weights: Readonly<Record<string, WeightParts>> = {},
): LayersModel {
  const entries = Object.entries(weights);
  const all = entries.flatMap(([, { shape, values }]) =>
    Array.from({ length: sizeOf(shape) }, (_, i) => values?.[i] ?? i + 1),
  );
  const manifest = entries.map(([name, { shape }]) => ({ name, shape, dtype: 'float32' }));
  return {
    json: {
      modelTopology: { keras_version: '2.4.0', model_config: topology },
      weightsManifest: [{ paths: ['weights.bin'], weights: manifest }],
    },
    weights: new Uint8Array(Float32Array.from(all).buffer),
  };
}

/** A folder of its own, that is gone after `use`. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'zeroskip-layers-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function withModel<T>(
  { json, weights }: LayersModel,
  use: (session: InferenceSession) => Promise<T>,
  limits: Partial<Limits> = {},
): Promise<T> {
  return inFolder(async (folder) => {
    const path = join(folder, 'model.json');
    writeFileSync(path, JSON.stringify(json));
    writeFileSync(join(folder, 'weights.bin'), weights);
    await using session = await InferenceSession.create(path, { limits });
    return await use(session);
  });
}

/** The first output for one input of these values. */
export function evaluate(
  model: LayersModel,
  dims: readonly number[],
  values: ArrayLike<number>,
): Promise<Tensor> {
  return withModel(model, async (session) => {
    const results = await session.run({ [session.inputNames[0]!]: float32(dims, values) });
    return results[session.outputNames[0]!]!;
  });
}
