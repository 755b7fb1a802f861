import { Tensor } from '@zeroskip/tensor';
import { type GraphWeight, loadGraph, op, placeholder } from '../graph-model.ts';

export type Attributes = Parameters<typeof op>[3];

/** Values of outputs of one operator: of `x`, which counts from 0, and weights. */
export async function runOperator(
  opType: string,
  dims: readonly number[],
  weights: Readonly<Record<string, GraphWeight>>,
  attributes: Attributes = {},
  outputs = ['y'],
  values?: readonly number[],
) {
  const size = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length: size }, (_, at) => values?.[at] ?? at);
  const nodes = [placeholder('x', dims), op('y', opType, ['x', ...Object.keys(weights)], attributes)];
  await using session = await loadGraph({ nodes, weights }, { outputs });
  const results = await session.run({ x: new Tensor('float32', data, dims) });
  return outputs.map((name) => ({ dims: results[name]!.dims, values: [...results[name]!.data].map(Number) }));
}
