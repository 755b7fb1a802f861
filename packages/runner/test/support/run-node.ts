import { MAX_OPSET } from '@zeroskip/onnx';
import type { Tensor } from '@zeroskip/tensor';
import { expect } from 'vitest';
import { type Message, node, valueInfo } from './onnx.ts';
import { runModel } from './run.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** The outputs of one node by name. @param feeds of the run @param constants known before it */
export async function runNode(
  only: Message,
  feeds: Tensors,
  constants: Tensors = {},
  opset = MAX_OPSET,
): Promise<Record<string, Tensor>> {
  const inputs = Object.entries(feeds).map(([name, { type, dims }]) => valueInfo(name, type, dims));
  const outputs = (only.output as readonly string[]).filter(Boolean).map((name) => ({ name }));
  return runModel({ nodes: [only], inputs, outputs, constants, opset }, feeds);
}

/** A node whose inputs are `feeds`, then `constants`, in their order. */
export interface NodeSubject {
  readonly opType: string;
  readonly domain?: string;
  readonly of?: string;
  readonly attributes?: NonNullable<Parameters<typeof node>[3]>;
  readonly opset?: number;
  readonly feeds?: Tensors;
  readonly constants?: Tensors;
}

/** What it gives, exactly or up to so many decimal places. */
export interface NodeCase extends NodeSubject {
  readonly type?: string;
  readonly dims?: readonly number[];
  readonly values: readonly number[];
  readonly digits?: number;
}

export async function outputOf(subject: NodeSubject): Promise<Tensor> {
  const { opType, domain, attributes = {}, opset, feeds = {}, constants = {} } = subject;
  const only = node(opType, [...Object.keys(feeds), ...Object.keys(constants)], ['y'], attributes);
  const { y } = await runNode({ ...only, ...(domain && { domain }) }, feeds, constants, opset);
  return y!;
}

export async function checkNode({ type, dims, values, digits, ...subject }: NodeCase): Promise<void> {
  const y = await outputOf(subject);
  if (dims) expect(y.dims).toEqual(dims);
  if (type !== undefined) expect(y.type).toBe(type);
  if (digits === undefined) expect(Array.from(y.data, Number)).toEqual(values);
  else {
    expect(y.size).toBe(values.length);
    for (const [i, value] of values.entries()) expect(Number(y.data[i])).toBeCloseTo(value, digits);
  }
}
