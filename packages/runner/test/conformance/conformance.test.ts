import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sizeOf } from '@zeroskip/tensor';
import { forms } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../../src/index.ts';
import { decode } from '../../src/onnx/decode.ts';
import { firstDifference } from '../support/compare.ts';
import { encode, tensorProto } from '../support/onnx.ts';
import {
  conformanceFolder,
  hasConformance,
  type NodeCase,
  nodeCases,
  readTensorFile,
} from './conformance.ts';

/** Node tests that are refused, each with the words of its refusal. */
const refused: Readonly<Record<string, string>> = {
  test_identity_opt: 'an optional',
};

const cases = nodeCases('onnx-node');
const accepted = cases.filter(({ name }) => !Object.hasOwn(refused, name));

/** The model with all inputs but the first as initializers, which is how networks have them. */
function withConstants(path: string, inputs: readonly Tensor[]): Uint8Array {
  const model = decode('ModelProto', new Uint8Array(readFileSync(path)), 100_000);
  const names = model.graph!.input.map(({ name }) => name!);
  const initializer = inputs.slice(1).map((tensor, i) => tensorProto(names[i + 1]!, tensor));
  return encode('ModelProto', { ...model, graph: { ...model.graph, initializer } });
}

async function check(
  model: string | Uint8Array | ArrayBufferLike,
  inputs: readonly Tensor[],
  expected: readonly Tensor[],
  absolute?: number,
): Promise<void> {
  await using session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const names = inputs.map((tensor, i) => session.inputNames[i] ?? (tensor as { name?: string }).name);
  const results = await session.run(Object.fromEntries(names.map((name, i) => [name, inputs[i]!])));
  for (const [i, tensor] of expected.entries()) {
    const difference = firstDifference(results[session.outputNames[i]!]!, tensor, 1e-3, absolute);
    expect(difference).toBeUndefined();
  }
}

/** Given by path, then as bytes in every form. */
async function checkInEveryForm({ model, dataSets }: NodeCase, absolute?: number): Promise<void> {
  const bytes = readFileSync(model);
  for (const { inputs, outputs } of dataSets) {
    const [fed, expected] = [inputs.map(readTensorFile), outputs.map(readTensorFile)];
    await check(model, fed, expected, absolute);
    for (const form of Object.values(forms)) await check(form(bytes), fed, expected, absolute);
  }
}

describe.skipIf(!hasConformance)('ONNX node tests', () => {
  it.each(accepted)('$name', (each) => checkInEveryForm(each));

  const several = accepted.filter(({ dataSets }) => dataSets[0]!.inputs.length > 1);
  it.each(several)('$name with constants', async ({ model, dataSets }) => {
    const inputs = dataSets[0]!.inputs.map(readTensorFile);
    await check(withConstants(model, inputs), inputs, dataSets[0]!.outputs.map(readTensorFile));
  });

  it.each(Object.entries(refused))('%s is refused for %s', async (name, reason) => {
    const { model } = cases.find((each) => each.name === name)!;
    await expect(InferenceSession.create(model)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED_TYPE', message: expect.stringContaining(reason) }),
    );
  });
});

/** Files of `cases/` that are refused, each with what its error names: all that is missing for it. */
const missing: Readonly<Record<string, readonly string[]>> = {
  loop: ['Loop'],
  sequenceconstruct_concatfromsequence_torch_stack_old: ['SequenceConstruct', 'ConcatFromSequence'],
};

/** Files of `cases/` that get ONNX's answer and not onnxruntime's, with why: docs/differences.md. */
const departing: readonly string[] = [
  // onnxruntime keeps equal initializers once, and writes the running mean and variance over them.
  'batchnormalization_9_with_its_5_outputs_declared',
];

const found = nodeCases('cases');
const isListed = ({ name }: NodeCase) => Object.hasOwn(missing, name) || departing.includes(name);

describe.skipIf(!hasConformance)('files that once failed', () => {
  it.each(found.filter((each) => !isListed(each)))('$name', (each) => checkInEveryForm(each, 1e-5));

  it.each(found.filter(({ name }) => departing.includes(name)))('$name differs from onnxruntime', (each) =>
    expect(checkInEveryForm(each, 1e-5)).rejects.toThrow('instead of'),
  );

  it.each(found.filter(({ name }) => Object.hasOwn(missing, name)))(
    '$name is refused by name',
    async (each) => {
      const { inputs, outputs } = each.dataSets[0]!;
      const error = await check(each.model, inputs.map(readTensorFile), outputs.map(readTensorFile)).catch(
        (caught: unknown) => caught,
      );
      expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(UNSUPPORTED|INVALID)/) });
      for (const name of missing[each.name]!) expect((error as Error).message).toContain(name);
    },
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
