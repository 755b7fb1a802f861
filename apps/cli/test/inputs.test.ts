import type { ValueMetadata } from '@zeroskip/runner';
import { Tensor } from '@zeroskip/tensor';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { onlyInput, readInput } from '../src/inputs.ts';
import { writeNpy } from '../src/npy.ts';
import { temporaryFolder } from './workspace.ts';

const folder = temporaryFolder();
const normalization = { mean: [0], std: [1] };
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
    ['no fixed size', metadata([1, 3, 'h', 'w'])],
    ['no fixed size, channels last', metadata([1, '', '', 3])],
  ])('refuses an image for a network of %s', async (_, input) => {
    await expect(readInput(await png(), input, normalization)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining('Expected a .npy file'),
    });
  });
});

describe('onlyInput', () => {
  it('names the inputs of a network that has several', () => {
    expect(() => onlyInput([metadata([1]), { ...metadata([1]), name: 'z' }])).toThrow(
      /received \["x", "z"\]/,
    );
  });

  it('refuses a network without inputs', () => {
    expect(() => onlyInput([])).toThrow(expect.objectContaining({ code: 'ERR_INVALID_MODEL' }));
  });
});
