import { sizeOf, type Tensor } from '@zeroskip/tensor';
import type { LiteModelParts, LiteOperatorParts, LiteTensorParts } from './lite-model.ts';
import { runLite, tensor } from './run-lite.ts';

/** An operand: a constant with values, or what a run is given. */
export interface Operand extends LiteTensorParts {
  readonly feed?: readonly number[];
}

/** A node alone. */
export interface OperatorCase extends Pick<LiteOperatorParts, 'op' | 'options' | 'custom'> {
  readonly title: string;
  readonly operands: readonly (Operand | undefined)[];
  /** What it gives, in values. */
  readonly results: readonly LiteTensorParts[];
}

/** 1, 2, 3, …, of which every third is negative. */
export const counted = (dims: readonly number[]) =>
  Array.from({ length: sizeOf(dims) }, (_, i) => (i % 3 === 2 ? -1 : 1) * (i + 1));

export const fed = (
  dims: readonly number[],
  feed: readonly number[] = counted(dims),
  type?: LiteTensorParts['type'],
): Operand => ({
  dims,
  feed,
  ...(type && { type }),
});

export const vector = (values: readonly number[], type: LiteTensorParts['type'] = 'int32'): Operand => ({
  dims: [values.length],
  type,
  values,
});

export const scalar = (value: number, type: LiteTensorParts['type'] = 'int32'): Operand => ({
  dims: [],
  type,
  values: [value],
});

export function modelOf({ op, options, custom, operands, results }: OperatorCase): LiteModelParts {
  const tensors: Record<string, LiteTensorParts> = {};
  for (const [i, operand] of operands.entries()) {
    if (operand === undefined) continue;
    const { feed: _, ...parts } = operand;
    tensors[`in${i}`] = parts;
  }
  for (const [i, { values: _, ...parts }] of results.entries()) tensors[`out${i}`] = parts;
  const outputs = results.map((_, i) => `out${i}`);
  const inputs = operands.map((operand, i) => (operand ? `in${i}` : ''));
  const operator = { op, inputs, outputs, ...(options && { options }), ...(custom && { custom }) };
  const given = operands.flatMap((operand, i) => (operand?.feed ? [`in${i}`] : []));
  return { tensors, inputs: given, outputs, operators: [operator] };
}

function feedsOf({ operands }: OperatorCase): Record<string, Tensor> {
  return Object.fromEntries(
    operands.flatMap((operand, i) =>
      operand?.feed
        ? [[`in${i}`, tensor((operand.type ?? 'float32') as 'float32', operand.dims, operand.feed)]]
        : [],
    ),
  );
}

export const runCase = (only: OperatorCase): Promise<Tensor[]> => runLite(modelOf(only), feedsOf(only));
