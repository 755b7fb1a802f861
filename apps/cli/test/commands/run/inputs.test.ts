import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@zeroskip/batch';
import { describe, expect, it } from 'vitest';
import type { BenchReport } from '../../../src/commands/bench/report.ts';
import { twoConvolutionsModel } from '../../support/network.ts';
import { json, networkFolder, zeroskip } from '../../support/zeroskip.ts';

const { folder, words, run } = networkFolder();

describe('inputs of a command', () => {
  it('takes a folder, and writes a result for each file in it', async () => {
    const inputs = folder.path('photos');
    mkdirSync(inputs, { recursive: true });
    copyFileSync(folder.array, join(inputs, 'one.npy'));
    copyFileSync(folder.photo, join(inputs, 'two.jpg'));
    const { status, out, err } = await run('run @model.onnx --input @photos -o @{name}-y.npy');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out.trim().split('\n')).toHaveLength(2);
    for (const name of ['one', 'two']) {
      expect(readNpy(readFileSync(folder.path(`${name}-y.npy`)), name).dims).toEqual([1, 4, 8, 6]);
    }
    const one = await run('run @model.onnx --input @photos -o @y.npy');
    expect(one.status).toBe(2);
    expect(one.err).toMatch(
      /Expected \{name\} in --output for the name of each of 2 inputs, received ".+y\.npy"/,
    );
    const twice = await run('run @model.onnx --input @x.npy @x.npy -o @{name}.npy');
    expect(twice.status).toBe(2);
    expect(twice.err).toMatch(/Expected inputs of different names for --output/);
  });

  it('takes a photo at the size that it is told, for a network that leaves it open', async () => {
    const open = folder.write('open.onnx', twoConvolutionsModel('h', 'w'));
    const output = folder.path('open.npy');
    const run = (...more: string[]) =>
      zeroskip('run', open, '--input', folder.photo, '--output', output, ...more);
    for (const [more, dims] of [
      [
        ['--size', '20x10'],
        [1, 4, 5, 10],
      ],
      [
        ['--size', '8'],
        [1, 4, 4, 4],
      ],
      [
        ['--shape', 'x=1x3x6x4'],
        [1, 4, 3, 2],
      ],
    ] as const) {
      expect(await run(...more)).toMatchObject({ status: 0, err: '' });
      expect(readNpy(readFileSync(output), 'y').dims).toEqual(dims);
    }
    expect((await run()).err).toMatch(/^zeroskip: Expected --size <width>x<height> beside an image/);
    const wrong = await run('--size', 'large');
    expect(wrong.status).toBe(2);
    expect(wrong.err).toMatch(/--size.*Expected <width>x<height> or one number for both/s);
    const file = folder.path('open.json');
    const args = words('--input @photo.jpg --size 12x16 --runs 1 --threads 1 --json @open.json');
    expect(await zeroskip('bench', open, ...args)).toMatchObject({ status: 0, err: '' });
    expect(json<BenchReport>(file).layers[0]!.inputShape).toEqual([1, 3, 16, 12]);
    expect(json<BenchReport>(file).contenders[0]!.command).toContain('--size 12x16');
  });
});
