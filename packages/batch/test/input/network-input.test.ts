import type { ValueMetadata } from '@zeroskip/runner';
import { Tensor } from '@zeroskip/tensor';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { defaultPreparation } from '../../src/images/preparation.ts';
import { networkInput, readInput } from '../../src/input/network-input.ts';
import { writeNpy } from '../../src/npy.ts';

const folder = temporaryFolder();
const normalization = { ...defaultPreparation, mean: [0], std: [1] };
const metadata = (shape: (number | string)[], type: ValueMetadata['type'] = 'float32'): ValueMetadata => ({
  name: 'x',
  isTensor: true,
  type,
  shape,
});
const npy = (dims: number[]) => {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return folder.write(
    `${dims.join('-')}.npy`,
    writeNpy(new Tensor('float32', new Float32Array(size).fill(0.5), dims)),
  );
};
const png = async () =>
  folder.write(
    'red.png',
    await sharp({ create: { width: 2, height: 2, channels: 3, background: 'red' } })
      .png()
      .toBuffer(),
  );

describe('readInput', () => {
  it('takes an array of the right shape as it is', async () => {
    const { tensor } = await readInput(npy([1, 3, 2, 2]), metadata([1, 3, 2, 2]), normalization);
    expect(tensor.data).toEqual(new Float32Array(12).fill(0.5));
  });

  it('takes any size for a dimension with a name, or without one', async () => {
    const { tensor } = await readInput(npy([4, 3, 7, 5]), metadata(['batch', 3, '', '']), normalization);
    expect(tensor.dims).toEqual([4, 3, 7, 5]);
  });

  it.each([[[1, 3, 2, 3]], [[3, 2, 2]], [[1, 3, 4]]])('refuses an array of shape %j', async (dims) => {
    await expect(readInput(npy(dims), metadata([1, 3, 2, 2]), normalization)).rejects.toMatchObject({
      code: 'ERR_INVALID_SHAPE',
      expected: "float32 1 × 3 × 2 × 2, the model's input",
    });
  });

  it('refuses an array of another type', async () => {
    await expect(readInput(npy([1]), metadata([1], 'int64'), normalization)).rejects.toMatchObject({
      code: 'ERR_INVALID_SHAPE',
      expected: "int64 1, the model's input",
    });
  });

  it('takes an image for a network of images', async () => {
    const { tensor } = await readInput(await png(), metadata(['n', 3, 1, 1]), normalization);
    expect([...(tensor.data as Float32Array)]).toEqual([255, 0, 0]);
  });

  it('takes an image for a network whose channels come last', async () => {
    const { tensor } = await readInput(await png(), metadata(['batch', 2, 1, 3]), normalization);
    expect(tensor.dims).toEqual([1, 2, 1, 3]);
    expect([...(tensor.data as Float32Array)]).toEqual([255, 0, 0, 255, 0, 0]);
  });

  it.each([
    ['another number of channels', metadata([1, 64, 8, 8])],
    ['another rank', metadata([1, 10])],
    ['integers', metadata([1, 3, 8, 8], 'uint8')],
    ['a batch', metadata([8, 3, 8, 8])],
  ])('refuses an image for a network of %s', async (_, input) => {
    await expect(readInput(await png(), input, normalization)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining('Expected a .npy file'),
    });
  });
});

describe('networkInput', () => {
  const open = (shape: (number | string)[], options: Parameters<typeof networkInput>[1]) =>
    networkInput([metadata(shape)], options).shape;
  const size = { width: 640, height: 480 };

  it('takes the size of images from --size', () => {
    expect(open(['n', 3, 'h', 'w'], { size })).toEqual(['n', 3, 480, 640]);
    expect(open([1, '', '', 4], { size })).toEqual([1, 480, 640, 4]);
    expect(open([1, 3, 480, 640], { size })).toEqual([1, 3, 480, 640]);
  });

  it('takes dimensions from --shape', () => {
    expect(open(['n', '', '', ''], { shape: { dims: [2, 3, 4, 5] } })).toEqual([2, 3, 4, 5]);
    expect(open(['n', 3, 'h', 'w'], { shape: { name: 'x', dims: [1, 3, 4, 5] } })).toEqual([1, 3, 4, 5]);
    expect(open(['n', '', '', ''], { shape: { dims: [1, 1, 480, 640] }, size })).toEqual([1, 1, 480, 640]);
  });

  it.each([
    [
      '--size',
      { size },
      [1, 3, 224, 'w'],
      /^Expected a size .* 1 × 3 × 224 × w.* for --size, received "640x480"/,
    ],
    ['--size', { size }, ['n', 10], /for --size/],
    [
      '--shape',
      { shape: { dims: [1, 4, 8, 8] } },
      [1, 3, 'h', 'w'],
      /^Expected float32 1 × 3 × h × w, .* for --shape/,
    ],
    [
      '--shape',
      { shape: { dims: [1, 3, 8] } },
      [1, 3, 'h', 'w'],
      /for --shape, received "float32 1 × 3 × 8"/,
    ],
    ['--shape', { shape: { name: 'z', dims: [1] } }, ['n'], /input "x" for --shape, received "z"/],
  ] as const)('names %s where it does not fit', (_, options, shape, message) => {
    expect(() => open([...shape], options)).toThrow(message);
  });

  it.each([
    [
      ['n', 3, 'h', 'w'],
      /^Expected --size <width>x<height> beside an image \(the model's input "x" is float32 n × 3 × h × w\)/,
    ],
    [['n', 'c', 'h', 'w'], /^Expected a .npy file, or an image with --shape/],
  ] as const)('an image for %j is refused with what fixes its size', async (shape, message) => {
    await expect(readInput(await png(), metadata([...shape]), normalization)).rejects.toThrow(message);
  });

  it('names the inputs of a network that has several', () => {
    expect(() => networkInput([metadata([1]), { ...metadata([1]), name: 'z' }], {})).toThrow(
      /received \["x", "z"\]/,
    );
  });

  it('refuses a network without inputs', () => {
    expect(() => networkInput([], {})).toThrow(expect.objectContaining({ code: 'ERR_INVALID_MODEL' }));
  });
});
