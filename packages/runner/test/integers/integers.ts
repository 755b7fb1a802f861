import { sizeOf, Tensor } from '@zeroskip/tensor';
import { seededRandom } from '@zeroskip/test-utils';
import { expect } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { onMainThread } from '../support/on-main-thread.ts';
import { type Message, type ModelParts, model, node, valueInfo } from '../support/onnx.ts';
import { traced } from '../support/run.ts';

export type ByteType = 'uint8' | 'int8';

/** Integers of all values that the type has, the same for the same seed. */
export function integers(type: ByteType, dims: readonly number[], seed: number): Tensor {
  const random = seededRandom(seed);
  const low = type === 'int8' ? -128 : 0;
  return new Tensor(
    type,
    Array.from({ length: sizeOf(dims) }, () => low + Math.floor(random() * 256)),
    dims,
  );
}

export const int32 = (values: readonly number[]) => new Tensor('int32', values, [values.length]);
export const scalar = (value: number) => new Tensor('float32', [value], []);
export const zero = (type: ByteType, value: number) => new Tensor(type, [value], []);

/** What runs on the main thread, or crosses its border. */
const onMain = new Set(['CopyIn', 'CopyOut']);

interface Outcome {
  readonly results: Record<string, Tensor>;
  /** Operators of the steps, in order, copies and reorderings left out. */
  readonly operators: string[];
}

/**
 * Runs the model, and compares its outputs with what the operators' definitions make of it: integers are the same up to
 * `steps`, floats to rounding.
 */
export async function agrees(
  parts: ModelParts,
  feeds: Readonly<Record<string, Tensor>>,
  steps = 0,
): Promise<Outcome> {
  const bytes = model(parts);
  const wanted = onMainThread(bytes, feeds);
  let first: Record<string, Tensor> | undefined;
  let operators: string[] = [];
  for (const intraOpNumThreads of [1, 2]) {
    await using session = await InferenceSession.create(bytes, { intraOpNumThreads });
    const { results, layers } = await traced(session, feeds);
    operators = layers.map(({ opType }) => opType).filter((type) => type !== 'Reorder' && !onMain.has(type));
    for (const [name, expected] of Object.entries(wanted)) {
      const found = results[name]!;
      expect([found.type, found.dims]).toEqual([expected.type, expected.dims]);
      const isFloat = expected.type === 'float32';
      for (let i = 0; i < expected.size; i++) {
        const [a, b] = [Number(found.data[i]), Number(expected.data[i])];
        const bound = isFloat ? 1e-4 * Math.abs(b) + 1e-5 : steps;
        if (!(Math.abs(a - b) <= bound)) expect.fail(`${name}: ${a} instead of ${b} at ${i}`);
      }
    }
    if (first) for (const name of Object.keys(wanted)) expect(results[name]!.data).toEqual(first[name]!.data);
    first = results;
  }
  return { results: first!, operators };
}

export const input = ({ type, dims }: Tensor, name = 'x') => valueInfo(name, type, dims);
export const output = (type: 'float32' | ByteType, dims: readonly number[], name = 'y') =>
  valueInfo(name, type, dims);

/** A value as its integers, and as what they stand for again. */
export function requantized(
  from: string,
  to: string,
  scale: string,
  zeroPoint: string,
): [quantize: Message, dequantize: Message] {
  return [
    node('QuantizeLinear', [from, scale, zeroPoint], [`${to}_q`]),
    node('DequantizeLinear', [`${to}_q`, scale, zeroPoint], [to]),
  ];
}
