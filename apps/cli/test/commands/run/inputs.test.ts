import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli.ts';
import { readNpy, writeNpy } from '../../../src/input/npy.ts';
import { twoConvolutionsModel } from '../../support/network.ts';
import { recordingTerminal } from '../../support/terminal.ts';
import { temporaryFolder } from '../../support/workspace.ts';

const folder = temporaryFolder();
let model: string;
let array: string;
let photo: string;

beforeAll(async () => {
  model = folder.write('model.onnx', twoConvolutionsModel());
  array = folder.write('x.npy', writeNpy(new Tensor('float32', sparseValues(576, 0.5, 7), [1, 3, 16, 12])));
  const image = sharp({ create: { width: 40, height: 30, channels: 3, background: '#468' } });
  photo = folder.write('photo.jpg', await image.jpeg().toBuffer());
});

async function zeroskip(...args: string[]) {
  const terminal = recordingTerminal();
  const status = await runCli(args, terminal);
  return { status, out: terminal.out, err: terminal.err };
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

describe('inputs of a command', () => {
  it('takes a folder, and writes a result for each file in it', async () => {
    const inputs = folder.path('photos');
    mkdirSync(inputs, { recursive: true });
    copyFileSync(array, join(inputs, 'one.npy'));
    copyFileSync(photo, join(inputs, 'two.jpg'));
    const { status, out, err } = await zeroskip(
      'run',
      model,
      '--input',
      inputs,
      '-o',
      folder.path('{name}-y.npy'),
    );
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out.trim().split('\n')).toHaveLength(2);
    for (const name of ['one', 'two']) {
      expect(readNpy(readFileSync(folder.path(`${name}-y.npy`)), name).dims).toEqual([1, 4, 8, 6]);
    }
    const one = await zeroskip('run', model, '--input', inputs, '-o', folder.path('y.npy'));
    expect(one.status).toBe(2);
    expect(one.err).toMatch(
      /Expected \{name\} in --output for the name of each of 2 inputs, received ".+y\.npy"/,
    );
    const twice = await zeroskip('run', model, '--input', array, array, '-o', folder.path('{name}.npy'));
    expect(twice.status).toBe(2);
    expect(twice.err).toMatch(/Expected inputs of different names for --output/);
  });

  it('takes a photo at the size that it is told, for a network that leaves it open', async () => {
    const open = folder.write('open.onnx', twoConvolutionsModel('h', 'w'));
    const output = folder.path('open.npy');
    const run = (...more: string[]) => zeroskip('run', open, '--input', photo, '--output', output, ...more);
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
    const args = ['--input', photo, '--size', '12x16', '--runs', '1', '--threads', '1', '--json', file];
    expect(await zeroskip('bench', open, ...args)).toMatchObject({ status: 0, err: '' });
    expect(json(file).layers[0].inputShape).toEqual([1, 3, 16, 12]);
    expect(json(file).contenders[0].command).toContain('--size 12x16');
  });
});
