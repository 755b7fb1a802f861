import { describe, expect, it } from 'vitest';
import { InferenceSession, modelHash } from '../../src/index.ts';
import { testFolder } from '../support/folder.ts';
import { encode, io, type Message, modelProto, node, valueInfo } from '../support/onnx.ts';
import { planFor, sha256 } from '../support/plan.ts';

const { write } = testFolder();

/** A model that adds two constants, each in a file of its own. */
function externalModel(): Uint8Array {
  const proto = modelProto({
    nodes: [node('Add', ['x', 'b'], ['s']), node('Add', ['s', 'a'], ['y'])],
    ...io({ x: [2] }, { y: [2] }),
  });
  (proto.graph as Message).initializer = ['b', 'a'].map((name) => ({
    name,
    dims: [2],
    dataType: 1,
    dataLocation: 1,
    externalData: [{ key: 'location', value: `${name}.bin` }],
  }));
  return encode('ModelProto', proto);
}

const layersModel = new TextEncoder().encode(
  JSON.stringify({
    modelTopology: {
      class_name: 'Sequential',
      config: {
        name: 'net',
        layers: [
          {
            class_name: 'Dense',
            config: { name: 'dense', units: 1, batch_input_shape: [null, 2], use_bias: true },
          },
        ],
      },
    },
    weightsManifest: [
      { paths: ['one.bin'], weights: [{ name: 'dense/kernel', shape: [2, 1], dtype: 'float32' }] },
      { paths: ['two.bin'], weights: [{ name: 'dense/bias', shape: [1], dtype: 'float32' }] },
    ],
  }),
);

const x = valueInfo('x', 'float32', [1]);

describe('modelHash', () => {
  it('is that of the file where nothing is beside it', async () => {
    const bytes = encode('ModelProto', modelProto({ nodes: [], inputs: [x], outputs: [x] }));
    expect(await modelHash(bytes)).toBe(sha256(bytes));
    expect(await modelHash(bytes, write('model.onnx', bytes))).toBe(sha256(bytes));
  });

  it('covers external data, in the order in which the model names it', async () => {
    const [a, b] = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(2)];
    write('a.bin', a);
    write('b.bin', b);
    const model = externalModel();
    expect(await modelHash(model, write('model.onnx', model))).toBe(sha256(model, b, a));
  });

  it('covers the weight files of a Layers model', async () => {
    const [one, two] = [new Uint8Array(8).fill(3), new Uint8Array(4).fill(4)];
    write('one.bin', one);
    write('two.bin', two);
    expect(await modelHash(layersModel, write('model.json', layersModel))).toBe(
      sha256(layersModel, one, two),
    );
  });

  it('is what a session checks a plan by', async () => {
    for (const name of ['a.bin', 'b.bin']) write(name, new Uint8Array(8));
    const path = write('model.onnx', externalModel());
    const plan = planFor(await modelHash(externalModel(), path));
    const create = () => InferenceSession.create(path, { plan });
    await (await create()).release();
    write('a.bin', new Uint8Array(8).fill(1));
    await expect(create()).rejects.toMatchObject({ code: 'ERR_INVALID_PLAN' });
  });
});
