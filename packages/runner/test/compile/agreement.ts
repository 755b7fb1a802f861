import type { Tensor } from '@zeroskip/tensor';
import { expect } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { firstDifference } from '../support/compare.ts';
import { onMainThread } from '../support/on-main-thread.ts';
import {
  float32,
  io,
  type Message,
  type ModelParts,
  model,
  node,
  random as values,
} from '../support/onnx.ts';
import { traced } from '../support/run.ts';

export const random = (dims: readonly number[], seed: number, density = 0.6) => values(dims, seed, density);
export const positive = (dims: readonly number[], seed: number) =>
  float32(
    dims,
    values(dims, seed).data.map((x) => Math.abs(x) + 0.1),
  );

/** Runs the model, and compares every output with its evaluation on the main thread. */
export async function agrees(parts: ModelParts, feeds: Readonly<Record<string, Tensor>>) {
  const bytes = model(parts);
  await using session = await InferenceSession.create(bytes, { intraOpNumThreads: 2 });
  const outcome = await traced(session, feeds);
  for (const [name, tensor] of Object.entries(onMainThread(bytes, feeds))) {
    expect(firstDifference(outcome.results[name]!, tensor, 1e-4, 1e-5), name).toBeUndefined();
  }
  return outcome;
}

/** As `agrees`, and only the input and the output cross the border of native code. */
export async function runsNatively(parts: ModelParts, x: Tensor): Promise<void> {
  const { layers } = await agrees(parts, { x });
  const types = layers.map(({ opType }) => opType);
  expect(types.filter((type) => type === 'CopyIn')).toHaveLength(1);
  expect(types.filter((type) => type === 'CopyOut')).toHaveLength(1);
  expect(types.at(-1)).toBe('CopyOut');
}

/** A model of one node that reads `x` and constants. */
export function single(
  opType: string,
  x: Tensor,
  outDims: readonly number[],
  attributes: Parameters<typeof node>[3] = {},
  constants: Record<string, Tensor> = {},
  opset = 17,
): ModelParts {
  const nodes = [node(opType, ['x', ...Object.keys(constants)], ['y'], attributes, 'subject')];
  return { nodes, ...io({ x: x.dims }, { y: outDims }), constants, opset };
}

type Single = Parameters<typeof single>;

/** `agrees` for `single`. */
export async function nodeAgrees(...only: Single): Promise<void> {
  await agrees(single(...only), { x: only[1] });
}
/** `runsNatively` for `single`. */
export const nodeRunsNatively = (...only: Single) => runsNatively(single(...only), only[1]);

/** The model with a native step before its only node, where that node alone would have nothing to compute. */
export function afterRelu(parts: ModelParts): ModelParts {
  const [subject] = parts.nodes as [Message];
  const [, ...others] = subject.input as string[];
  return { ...parts, nodes: [node('Relu', ['x'], ['r']), { ...subject, input: ['r', ...others] }] };
}
