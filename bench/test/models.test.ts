import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportOnnx, InferenceSession, Tensor } from '@zeroskip/runner';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nsfwModels, prepareNsfw } from '../src/nsfw.ts';

const mobileNet = nsfwModels[1]!;

let folder: string;
let json: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zeroskip-models-'));
  json = await prepareNsfw(mobileNet, join(folder, 'net'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('unpacks a model of nsfwjs to model.json and its weights', async () => {
  expect(await readdir(join(folder, 'net'))).toEqual(['group1-shard1of1', 'model.json']);
  const { weightsManifest } = JSON.parse(await readFile(json, 'utf8'));
  const sizes: number[] = weightsManifest[0].weights.map(({ shape }: { shape: number[] }) =>
    shape.reduce((size, dim) => size * dim, 1),
  );
  const { size } = await stat(join(folder, 'net', 'group1-shard1of1'));
  expect(size).toBe(sizes.reduce((sum, bytes) => sum + bytes, 0));
});

it('leaves unpacked files as they are', async () => {
  const before = await stat(json, { bigint: true });
  await prepareNsfw(mobileNet, join(folder, 'net'));
  expect((await stat(json, { bigint: true })).ino).toBe(before.ino);
});

it('mends unpacked files that were changed', async () => {
  const shard = join(folder, 'net', 'group1-shard1of1');
  const whole = await readFile(shard);
  await writeFile(shard, whole.subarray(1));
  await prepareNsfw(mobileNet, join(folder, 'net'));
  expect(whole.equals(await readFile(shard))).toBe(true);
});

it('exports a network that the runner reads again, layer by layer the same', async () => {
  await using original = await InferenceSession.create(json);
  await using exported = await InferenceSession.create(await exportOnnx(json));
  expect(exported.inputMetadata).toEqual(original.inputMetadata);
  expect(exported.outputMetadata).toEqual(original.outputMetadata);
  const feeds = {
    input_1: new Tensor('float32', new Float32Array(224 * 224 * 3).fill(0.5), [1, 224, 224, 3]),
  };
  expect(await exported.run(feeds)).toEqual(await original.run(feeds));
});
