import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import { forms } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../../src/index.ts';
import { isSequence, kindOf, type Value } from '../../src/values/value.ts';
import { firstDifference } from '../support/compare.ts';
import { encode, tensorProto } from '../support/onnx.ts';
import {
  conformanceFolder,
  type DataSet,
  hasConformance,
  type NodeCase,
  nodeCases,
  readTensorFile,
  readValueFile,
} from './conformance.ts';
import { notPassing } from './not-passing.ts';

const cases = nodeCases('onnx-node');
const failing = new Map(
  notPassing.flatMap(({ message, cases: names }) => names.map((name) => [name, message] as const)),
);
const passing = cases.filter(({ name }) => !failing.has(name));

function hasTensorInputs(path: string): boolean {
  const model = decode('ModelProto', new Uint8Array(readFileSync(path)), 100_000);
  return model.graph!.input.every(({ type }) => type?.tensorType);
}

/** The model with all inputs but the first as initializers, which is how networks have them. */
function withConstants(path: string, inputs: readonly Tensor[]): Uint8Array {
  const model = decode('ModelProto', new Uint8Array(readFileSync(path)), 100_000);
  const names = model.graph!.input.map(({ name }) => name!);
  const initializer = inputs.slice(1).map((tensor, i) => tensorProto(names[i + 1]!, tensor));
  return encode('ModelProto', { ...model, graph: { ...model.graph, initializer } });
}

function differenceOf(actual: Value, expected: Value, absolute?: number): string | undefined {
  if (actual instanceof Tensor && expected instanceof Tensor)
    return firstDifference(actual, expected, 1e-3, absolute);
  if (!isSequence(actual) || !isSequence(expected))
    return actual === expected ? undefined : `${kindOf(actual)} instead of ${kindOf(expected)}`;
  if (actual.length !== expected.length) return `${actual.length} tensors instead of ${expected.length}`;
  return actual.map((tensor, i) => firstDifference(tensor, expected[i]!, 1e-3, absolute)).find(Boolean);
}

async function check(
  model: string | Uint8Array | ArrayBufferLike,
  files: DataSet,
  absolute?: number,
): Promise<void> {
  await using session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const { inputMetadata, outputMetadata } = session;
  const feeds = files.inputs.map((path, i) => {
    const { name, value } = readValueFile(path, inputMetadata[i]?.form);
    return [inputMetadata[i]?.name ?? name, value] as const;
  });
  const results = await session.run<Value>(Object.fromEntries(feeds));
  for (const [i, path] of files.outputs.entries()) {
    const { value } = readValueFile(path, outputMetadata[i]!.form);
    expect(differenceOf(results[session.outputNames[i]!]!, value, absolute)).toBeUndefined();
  }
}

/** Given by path, then as bytes in every form. */
async function checkInEveryForm({ model, dataSets }: NodeCase, absolute?: number): Promise<void> {
  const bytes = readFileSync(model);
  for (const files of dataSets) {
    await check(model, files, absolute);
    for (const form of Object.values(forms)) await check(form(bytes), files, absolute);
  }
}

describe.skipIf(!hasConformance)('ONNX node tests', () => {
  it.each(passing)('$name', (each) => checkInEveryForm(each));

  const several = passing.filter(
    ({ model, dataSets }) => dataSets[0]!.inputs.length > 1 && hasTensorInputs(model),
  );
  it.each(several)('$name with constants', async ({ model, dataSets }) => {
    const inputs = dataSets[0]!.inputs.map(readTensorFile);
    await check(withConstants(model, inputs), dataSets[0]!);
  });

  it.each(cases.filter(({ name }) => failing.has(name)))('$name does not pass', async (each) => {
    await expect(checkInEveryForm(each)).rejects.toThrow(failing.get(each.name));
  });
});

/** Files of `cases/` that get ONNX's answer and not onnxruntime's, with why: docs/differences.md. */
const departing: readonly string[] = [
  // onnxruntime keeps equal initializers once, and writes the running mean and variance over them.
  'batchnormalization_9_with_its_5_outputs_declared',
];

const found = nodeCases('cases');

describe.skipIf(!hasConformance)('files that once failed', () => {
  it.each(found.filter(({ name }) => !departing.includes(name)))('$name', (each) =>
    checkInEveryForm(each, 1e-5),
  );

  it.each(found.filter(({ name }) => departing.includes(name)))('$name differs from onnxruntime', (each) =>
    expect(checkInEveryForm(each, 1e-5)).rejects.toThrow('instead of'),
  );
});

describe.skipIf(!hasConformance)('ONNX light models', () => {
  const nets = ['bvlc_alexnet', 'inception_v1', 'squeezenet', 'zfnet512'];
  it.each(nets)('%s', async (name) => {
    const folder = join(conformanceFolder, 'onnx-light');
    await using session = await InferenceSession.create(join(folder, `light_${name}.onnx`));
    const dims = session.inputMetadata[0]!.shape as number[];
    const size = sizeOf(dims);
    const ramp = Float32Array.from({ length: size }, (_, i) => i / size);
    const results = await session.run({ [session.inputNames[0]!]: new Tensor('float32', ramp, dims) });
    const expected = readTensorFile(join(folder, `light_${name}_output_0.pb`));
    expect(firstDifference(results[session.outputNames[0]!]!, expected)).toBeUndefined();
  });
});
