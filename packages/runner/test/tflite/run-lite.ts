import { Tensor } from '@zeroskip/tensor';
import { InferenceSession, type SessionOptions } from '../../src/index.ts';
import { type LiteModelParts, liteModel, TYPES } from './lite-model.ts';

export const loadLite = (parts: LiteModelParts, options: SessionOptions = {}): Promise<InferenceSession> =>
  InferenceSession.create(liteModel(parts), options);

/** A tensor of a type. */
export function tensor(
  type: 'float32' | 'int32' | 'int8' | 'uint8' | 'int16' | 'bool',
  dims: readonly number[],
  values: readonly number[],
): Tensor {
  return new Tensor(type, TYPES[type][1].from(values) as never, dims);
}

/** The outputs of a model, in its order. */
export async function runLite(
  parts: LiteModelParts,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Tensor[]> {
  await using session = await loadLite(parts);
  const results = await session.run(feeds);
  return session.outputNames.map((name) => results[name]!);
}
