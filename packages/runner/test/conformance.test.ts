import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../src/index.ts';
import { decode } from '../src/onnx/decode.ts';
import { firstDifference } from './compare.ts';
import { conformanceFolder, hasConformance, nodeCases, readTensorFile } from './conformance.ts';
import { encode, tensorProto } from './onnx.ts';

/** Node tests that are refused, each with the words of its refusal. */
const refused: Readonly<Record<string, string>> = {
  test_cast_FLOAT16_to_FLOAT4E2M1: 'float4e2m1',
  test_cast_FLOAT16_to_FLOAT8E4M3FN: 'float8e4m3fn',
  test_cast_FLOAT16_to_FLOAT8E4M3FNUZ: 'float8e4m3fnuz',
  test_cast_FLOAT16_to_FLOAT8E5M2: 'float8e5m2',
  test_cast_FLOAT16_to_FLOAT8E5M2FNUZ: 'float8e5m2fnuz',
  test_identity_opt: 'an optional',
};

const cases = nodeCases();
const accepted = cases.filter(({ name }) => !Object.hasOwn(refused, name));

/** The model with all inputs but the first as initializers, which is how networks have them. */
function withConstants(path: string, inputs: readonly Tensor[]): Uint8Array {
  const model = decode('ModelProto', new Uint8Array(readFileSync(path)), 100_000);
  const names = model.graph!.input.map(({ name }) => name!);
  const initializer = inputs.slice(1).map((tensor, i) => tensorProto(names[i + 1]!, tensor));
  return encode('ModelProto', { ...model, graph: { ...model.graph, initializer } });
}

async function check(
  model: string | Uint8Array,
  inputs: readonly Tensor[],
  expected: readonly Tensor[],
): Promise<void> {
  await using session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const feeds = Object.fromEntries(session.inputNames.map((name, i) => [name, inputs[i]!]));
  const results = await session.run(feeds);
  for (const [i, tensor] of expected.entries()) {
    expect(firstDifference(results[session.outputNames[i]!]!, tensor)).toBeUndefined();
  }
}

describe.skipIf(!hasConformance)('ONNX node tests', () => {
  it.each(accepted)('$name', async ({ model, dataSets }) => {
    for (const { inputs, outputs } of dataSets) {
      await check(model, inputs.map(readTensorFile), outputs.map(readTensorFile));
    }
  });

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

describe.skipIf(!hasConformance)('ONNX light models', () => {
  const nets = ['bvlc_alexnet', 'inception_v1', 'squeezenet', 'zfnet512'];
  it.each(nets)('%s', async (name) => {
    const folder = join(conformanceFolder, 'onnx-light');
    await using session = await InferenceSession.create(join(folder, `light_${name}.onnx`));
    const dims = session.inputMetadata[0]!.shape as number[];
    const size = dims.reduce((product, dim) => product * dim, 1);
    const ramp = Float32Array.from({ length: size }, (_, i) => i / size);
    const results = await session.run({ [session.inputNames[0]!]: new Tensor('float32', ramp, dims) });
    const expected = readTensorFile(join(folder, `light_${name}_output_0.pb`));
    expect(firstDifference(results[session.outputNames[0]!]!, expected)).toBeUndefined();
  });
});
