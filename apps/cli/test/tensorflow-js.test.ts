import { readFileSync } from 'node:fs';
import { readNpy } from '@zeroskip/batch';
import { sparseValues } from '@zeroskip/test-utils';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { zeroskip } from './support/zeroskip.ts';

const folder = temporaryFolder();
let model: string;
let photo: string;

/** Conv2D 3 × 3 (3 → 3), sigmoid, on batch × 12 × 16 × 3. */
function sigmoidNetwork() {
  const layers = [
    { class_name: 'InputLayer', config: { name: 'image', batch_input_shape: [null, 12, 16, 3] } },
    {
      class_name: 'Conv2D',
      config: { name: 'conv', filters: 3, kernel_size: 3, padding: 'same', activation: 'sigmoid' },
    },
  ];
  const weights = [
    { name: 'conv/kernel', shape: [3, 3, 3, 3], dtype: 'float32' },
    { name: 'conv/bias', shape: [3], dtype: 'float32' },
  ];
  return {
    modelTopology: { class_name: 'Sequential', config: { name: 'net', layers } },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
}

beforeAll(async () => {
  model = folder.write('model.json', JSON.stringify(sigmoidNetwork()));
  const values = sparseValues(84, 1, 3);
  folder.write('weights.bin', new Uint8Array(values.buffer));
  const noise = Uint8Array.from({ length: 3 * 40 * 30 }, (_, i) => (i * 73) % 256);
  const image = sharp(noise, { raw: { width: 40, height: 30, channels: 3 } });
  photo = folder.write('photo.png', await image.png().toBuffer());
});

describe('a TensorFlow.js Layers model', () => {
  it('runs on an image, which becomes batch × H × W × C', async () => {
    const [array, png] = [folder.path('y.npy'), folder.path('y.png')];
    const first = await zeroskip('run', model, '--input', photo, '--output', array);
    expect(first).toMatchObject({ status: 0, err: '' });
    expect(first.out).toMatch(/^Wrote conv \(float32 1 × 12 × 16 × 3\)/);
    const second = await zeroskip('run', model, '--input', photo, '--output', png);
    expect(second).toMatchObject({ status: 0, err: '' });
    const values = readNpy(readFileSync(array), 'y').data as Float32Array;
    const pixels = await sharp(readFileSync(png)).raw().toBuffer();
    expect([...pixels]).toEqual(Array.from(values, (value) => Math.round(255 * value)));
  });

  it('is selected for, timed and inspected', async () => {
    const plan = folder.path('plan.json');
    const selected = await zeroskip('select', model, '--input', photo, '--budget', '1', '-o', plan);
    expect(selected).toMatchObject({ status: 0, err: '' });
    expect(JSON.parse(readFileSync(plan, 'utf8')).layers).toMatchObject([{ name: 'conv' }]);
    const bench = await zeroskip('bench', model, '--input', photo, '--plan', plan, '--runs', '1');
    expect(bench).toMatchObject({ status: 0, err: '' });
    const inspected = await zeroskip('inspect', model, '--input', photo);
    expect(inspected).toMatchObject({ status: 0, err: '' });
    expect(inspected.out).toContain('conv');
  });

  it('is exported to an ONNX file with the same answers', async () => {
    const onnx = folder.path('exported.onnx');
    const exported = await zeroskip('export', model, onnx);
    expect(exported).toEqual({ status: 0, err: '', out: `${onnx}: ${readFileSync(onnx).length} bytes\n` });
    const [own, other] = [folder.path('own.npy'), folder.path('exported.npy')];
    await zeroskip('run', model, '--input', photo, '--output', own);
    const values = readNpy(readFileSync(own), 'own').data as Float32Array;
    expect(await zeroskip('run', onnx, '--input', photo, '--output', other)).toMatchObject({ status: 0 });
    expect(readNpy(readFileSync(other), 'exported').data).toEqual(values);
    const bench = await zeroskip('bench', onnx, '--input', photo, '--peers', 'onnxruntime', '--runs', '1');
    expect(bench).toMatchObject({ status: 0, err: '' });
  });

  it('is bound to a plan with its weight files', async () => {
    const plan = folder.path('bound.json');
    await zeroskip('select', model, '--input', photo, '--budget', '0.01', '-o', plan);
    const weights = readFileSync(folder.path('weights.bin'));
    try {
      folder.write(
        'weights.bin',
        weights.map((byte, i) => (i === 0 ? byte ^ 1 : byte)),
      );
      const { status, err } = await zeroskip('bench', model, '--input', photo, '--plan', plan);
      expect(status).toBe(1);
      expect(err).toContain('Expected a plan of the model');
    } finally {
      folder.write('weights.bin', weights);
    }
  });

  it('is not for the peer onnxruntime, which is said before anything runs', async () => {
    const { status, out, err } = await zeroskip('bench', model, '--input', photo, '--peers', 'onnxruntime');
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toBe(
      'zeroskip: Expected an ONNX file for the peer onnxruntime, received a model of TensorFlow.js: it needs the network as zeroskip export writes it.\n',
    );
  });
});
