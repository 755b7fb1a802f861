import type { Tensor } from '@zeroskip/tensor';
import { expect } from 'vitest';
import { type Message, type ModelParts, valueInfo } from '../support/onnx.ts';
import { feed } from '../support/relu.ts';
import { runModel } from '../support/run.ts';

/** One node from `x` to `y`, and what it gives. */
export interface Known {
  readonly of: string;
  readonly node: Message;
  readonly input?: Tensor;
  readonly opset?: number;
  readonly constants?: ModelParts['constants'];
  readonly dims?: readonly number[];
  readonly values: readonly number[];
}

export async function expectKnown({
  node,
  input = feed.x,
  opset = 13,
  constants = {},
  dims,
  values,
}: Known): Promise<void> {
  const inputs = [valueInfo('x', input.type, input.dims)];
  const { y } = await runModel(
    { nodes: [node], inputs, outputs: [{ name: 'y' }], constants, opset },
    { x: input },
  );
  expect(Array.from(y!.data, Number)).toEqual(values);
  if (dims) expect(y!.dims).toEqual(dims);
}
