import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelFiles } from './support/models.ts';
import { call, canRun, Pages, places } from './support/pages.ts';

const { resolve } = createRequire(import.meta.url);
const script = (name: string) =>
  readFileSync(join(dirname(resolve(`@tensorflow/tfjs-${name}/package.json`)), `dist/tf-${name}.min.js`));
for (const name of ['core', 'backend-cpu']) modelFiles.set(`tf-${name}.js`, script(name));

const weights = Array.from({ length: 3 * 3 * 3 * 8 }, (_, i) => Math.cos(i));
const float = { type: 'DT_FLOAT' };
const dim = [-1, 20, 24, 3].map((size) => ({ size: String(size) }));
const ones = { list: { i: ['1', '1', '1', '1'] } };
const padding = { s: btoa('SAME') };
const model = {
  format: 'graph-model',
  modelTopology: {
    node: [
      { name: 'x', op: 'Placeholder', attr: { dtype: float, shape: { shape: { dim } } } },
      { name: 'w', op: 'Const', attr: { dtype: float } },
      { name: 'conv', op: 'Conv2D', input: ['x', 'w'], attr: { T: float, strides: ones, padding } },
      { name: 'y', op: 'Relu', input: ['conv'], attr: { T: float } },
    ],
  },
  weightsManifest: [
    { paths: ['weights.bin'], weights: [{ name: 'w', shape: [3, 3, 3, 8], dtype: 'float32' }] },
  ],
};
modelFiles.set('model.json', new TextEncoder().encode(JSON.stringify(model)));
modelFiles.set('weights.bin', new Uint8Array(Float32Array.from(weights).buffer));

describe.runIf(canRun)('a client of TensorFlow.js', () => {
  const own = new Pages('tfjs');

  it.each(places)('has its tensors in a page %s', async (place) => {
    const opened = await own.open(place);
    const address = `/${place.split('/')[1]}/model.json`;
    const result = await call(opened, 'run', { model: address, dims: [2, 20, 24, 3], weights });
    expect(result).toEqual({
      fractions: [0, 1],
      differences: [expect.closeTo(0, 4), expect.closeTo(0, 4)],
      isTensor: true,
      left: 0,
      inputs: [{ name: 'x', shape: [-1, 20, 24, 3], dtype: 'float32' }],
    });
    await opened.close();
  });
});
