import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeCutOut } from '../src/cut-out.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zeroskip-cut-out-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const grey = (values: number[], width: number) =>
  sharp(Uint8Array.from(values), { raw: { width, height: values.length / width, channels: 1 } });

async function cutOut(photo: Sharp, mask: Sharp) {
  const paths = ['photo.png', 'mask.png', 'out.png'].map((name) => join(folder, name));
  await photo.png().toFile(paths[0]!);
  await mask.png().toFile(paths[1]!);
  await writeCutOut(paths[0]!, paths[1]!, paths[2]!);
  return sharp(paths[2]!).raw().toBuffer({ resolveWithObject: true });
}

describe('writeCutOut', () => {
  const red = sharp({ create: { width: 4, height: 2, channels: 3, background: { r: 200, g: 10, b: 20 } } });

  it('keeps the colours and takes the mask as transparency', async () => {
    const { data, info } = await cutOut(red.clone(), grey([0, 0, 255, 255, 0, 0, 255, 255], 4));
    expect(info).toMatchObject({ width: 4, height: 2, channels: 4 });
    expect([...data.subarray(0, 4)]).toEqual([200, 10, 20, 0]);
    expect([...data.subarray(12, 16)]).toEqual([200, 10, 20, 255]);
  });

  it('resizes the mask to the photo', async () => {
    const { data, info } = await cutOut(red.clone(), grey([255], 1));
    expect(info).toMatchObject({ width: 4, height: 2, channels: 4 });
    expect(data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  });

  it('makes a coloured picture of a grey photo', async () => {
    const { data } = await cutOut(grey([90, 90], 2), grey([255, 0], 2));
    expect([...data]).toEqual([90, 90, 90, 255, 90, 90, 90, 0]);
  });

  it('leaves no temporary file', async () => {
    await cutOut(red.clone(), grey([255], 1));
    expect(await readdir(folder)).toEqual(['mask.png', 'out.png', 'photo.png']);
  });
});
