import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportOnnx } from '@zeroskip/runner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largestDifference } from '../src/difference.ts';
import { onnxruntime } from '../src/engines/onnxruntime.ts';
import { tensorflow } from '../src/engines/tensorflow.ts';
import { zeroskip } from '../src/engines/zeroskip.ts';
import { nsfwInput } from '../src/image.ts';
import { nsfwModels, prepareNsfw } from '../src/nsfw.ts';
import { photos } from '../src/packages.ts';

const THREADS = 2;
const TOLERANCE = 1e-5;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zeroskip-networks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(nsfwModels)('$name of nsfwjs', (model) => {
  const { name, size } = model;
  let json: string;

  beforeAll(async () => {
    json = await prepareNsfw(model, join(folder, name));
  });

  it("gives onnxruntime's probabilities on three photos", async () => {
    const own = await zeroskip(json, THREADS);
    const reference = await onnxruntime(await exportOnnx(json), THREADS);
    for (const photo of photos.slice(0, 3)) {
      const image = await nsfwInput(photo, size);
      const probabilities = await own.run(image);
      expect(probabilities.reduce((sum, value) => sum + value)).toBeCloseTo(1, 5);
      expect(largestDifference(probabilities, await reference.run(image))).toBeLessThan(TOLERANCE);
    }
    await own.release();
    await reference.release();
  });

  // InceptionV3 takes TensorFlow.js half a minute: the command "verify" compares it.
  it.runIf(name === 'mobilenet-v2')("gives TensorFlow.js's probabilities on a photo", async () => {
    const own = await zeroskip(json, THREADS);
    const reference = await tensorflow(json);
    const image = await nsfwInput(photos[0]!, size);
    const expected = await reference.run(image);
    expect(largestDifference(await own.run(image), expected)).toBeLessThan(TOLERANCE);
    await own.release();
    await reference.release();
  });
});
