import { readFileSync } from 'node:fs';
import { readNpy } from '@zeroskip/batch';
import { algorithms } from '@zeroskip/kernels';
import { describe, expect, it } from 'vitest';
import { networkFolder } from '../../support/zeroskip.ts';

const { folder, run, on } = networkFolder();

describe('zeroskip run', () => {
  it('writes the first output as an array', async () => {
    const output = folder.path('y.npy');
    const { status, out } = await run('run @model.onnx --input @x.npy --output @y.npy --threads 1');
    expect(status).toBe(0);
    expect(out).toMatch(/^Wrote y \(float32 1 × 4 × 8 × 6\) to .*y\.npy after \d+ ms\.\n$/);
    expect(readNpy(readFileSync(output), 'y').dims).toEqual([1, 4, 8, 6]);
  });

  it('writes the output that is named', async () => {
    const output = folder.path('features.npy');
    const { status } = await run('run @model.onnx --input @x.npy --fetch features --output @features.npy');
    expect(status).toBe(0);
    expect(readNpy(readFileSync(output), 'y').dims).toEqual([1, 8, 16, 12]);
  });

  it('gives the same for every algorithm, within rounding', async () => {
    const results = [];
    for (const { id } of algorithms()) {
      const output = folder.path(`${id}.npy`);
      await on('run', '--output', output, '--algorithm', id);
      results.push(readNpy(readFileSync(output), id).data as Float32Array);
    }
    for (const result of results) {
      for (const [i, value] of result.entries()) expect(value).toBeCloseTo(results[0]![i]!, 5);
    }
  });

  it('takes a photo', async () => {
    const { status } = await run(
      'run @model.onnx --input @photo.jpg --mean 128 --std 256 --output @photo.npy',
    );
    expect(status).toBe(0);
  });

  it.each([
    [
      'an output that does not exist',
      ['--fetch', 'nothing', '--output', 'y.npy'],
      1,
      /Expected one of y, features for --fetch/,
    ],
    [
      'an output that is no picture',
      ['--output', 'y.png'],
      1,
      /Expected a float32 tensor 1 × 1 or 3 × H × W/,
    ],
    [
      'a file of another kind',
      ['--output', 'y.txt'],
      2,
      /Expected a \.npy, \.png or \.json file for --output/,
    ],
  ])('refuses %s', async (_, args, expected, message) => {
    const { status, err } = await on('run', ...args);
    expect(status).toBe(expected);
    expect(err).toMatch(message);
  });
});
