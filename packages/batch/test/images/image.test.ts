import { Tensor } from '@zeroskip/tensor';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageTensor } from '../../src/images/image.ts';
import { pngOf } from '../../src/images/pictures.ts';
import { defaultPreparation } from '../../src/images/preparation.ts';
import { imageShape } from '../../src/images/shape.ts';

const plain = { ...defaultPreparation, mean: [0], std: [1] };

const picture = (channels: 1 | 2 | 3 | 4, values: number[], width: number) =>
  sharp(Uint8Array.from(values), { raw: { width, height: values.length / channels / width, channels } })
    .png()
    .toBuffer();

async function valuesOf(file: Buffer, dims: number[], changes = {}) {
  const { tensor } = await imageTensor(file, imageShape(dims)!, { ...plain, ...changes }, 'x');
  return [...tensor.data];
}

describe('imageShape', () => {
  it('tells which axis holds the channels', () => {
    const sizes = { height: 8, width: 9 };
    expect(imageShape([1, 3, 8, 9])).toEqual({ channels: 3, channelsLast: false, ...sizes });
    expect(imageShape(['batch', 8, 9, 1])).toEqual({ channels: 1, channelsLast: true, ...sizes });
  });

  it('takes channels to come first where both orders fit', () => {
    expect(imageShape([1, 3, 8, 3])).toMatchObject({ channelsLast: false, height: 8, width: 3 });
  });

  it.each([[[2, 3, 8, 8]], [[1, 5, 8, 5]], [[1, 3, 8]], [['n', 'c', 8, 8]]])('is none for %j', (dims) => {
    expect(imageShape<number | string>(dims)).toBeUndefined();
  });
});

describe('imageTensor', () => {
  it('is planar: all of red, then green, then blue', async () => {
    const file = await picture(3, [1, 2, 3, 4, 5, 6], 2);
    expect(await valuesOf(file, [1, 3, 1, 2])).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it('has how opaque a photo is as the fourth channel', async () => {
    const file = await picture(4, [1, 2, 3, 255, 4, 5, 6, 255], 2);
    expect(await valuesOf(file, [1, 4, 1, 2])).toEqual([1, 4, 2, 5, 3, 6, 255, 255]);
    const opaque = await picture(3, [1, 2, 3], 1);
    expect(await valuesOf(opaque, [1, 2, 1, 4])).toEqual([1, 2, 3, 255, 1, 2, 3, 255]);
    const glass = await picture(4, [9, 9, 9, 0], 1);
    expect((await valuesOf(glass, [1, 4, 1, 1])).at(-1)).toBe(0);
  });

  it('is interleaved for a network whose channels come last', async () => {
    const file = await picture(3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 2);
    const normalization = { mean: [1, 2, 3], std: [1, 1, 3] };
    expect(await valuesOf(file, [1, 2, 2, 3], normalization)).toEqual([0, 0, 0, 3, 3, 1, 6, 6, 2, 9, 9, 3]);
  });

  it('subtracts the mean and divides by the deviation, per channel', async () => {
    const file = await picture(3, [10, 20, 30], 1);
    expect(await valuesOf(file, [1, 3, 1, 1], { mean: [0, 10, 20], std: [1, 2, 5] })).toEqual([10, 5, 2]);
  });

  it('takes one mean and deviation for all channels', async () => {
    const file = await picture(3, [128, 0, 255], 1);
    expect(await valuesOf(file, [1, 3, 1, 1], { mean: [128], std: [256] })).toEqual([0, -0.5, 127 / 256]);
  });

  it('spreads grey over three channels', async () => {
    expect(await valuesOf(await picture(1, [77], 1), [1, 3, 1, 1])).toEqual([77, 77, 77]);
  });

  it('makes grey of colours for one channel', async () => {
    const [value] = await valuesOf(await picture(3, [200, 200, 200], 1), [1, 1, 1, 1]);
    expect(value).toBe(200);
  });

  it('drops transparency', async () => {
    expect(await valuesOf(await picture(4, [9, 8, 7, 0], 1), [1, 3, 1, 1])).toEqual([9, 8, 7]);
  });

  it('resizes to the size of the network, both ways', async () => {
    const flat = await picture(
      3,
      Array.from({ length: 3 * 20 }, () => 50),
      5,
    );
    expect(await valuesOf(flat, [1, 3, 2, 8])).toEqual(Array.from({ length: 48 }, () => 50));
  });

  it('turns a photo upright as its camera says', async () => {
    const sideways = await sharp(await picture(3, [0, 0, 0, 255, 255, 255], 2))
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    expect(await valuesOf(sideways, [1, 3, 2, 1])).toEqual([0, 255, 0, 255, 0, 255]);
  });

  it('refuses means for another number of channels', async () => {
    const file = await picture(3, [1, 2, 3], 1);
    await expect(
      imageTensor(file, imageShape([1, 3, 1, 1])!, { ...plain, mean: [1, 2], std: [1] }, 'x'),
    ).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      expected: '1 or 3 numbers',
    });
  });

  it.each([
    ['text', Buffer.from('not a picture')],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', async (_, file) => {
    await expect(imageTensor(file, imageShape([1, 3, 1, 1])!, plain, 'the input')).rejects.toMatchObject({
      code: 'ERR_INVALID_FORMAT',
      message: expect.stringMatching(
        /^Expected a JPEG, .* for the input, received a file that cannot be decoded\.$/,
      ),
    });
  });

  it('refuses a picture that is cut off', async () => {
    const file = await picture(
      3,
      Array.from({ length: 3 * 400 }, (_, i) => i % 251),
      20,
    );
    await expect(
      imageTensor(file.subarray(0, 100), imageShape([1, 3, 1, 1])!, plain, 'x'),
    ).rejects.toMatchObject({
      code: 'ERR_INVALID_FORMAT',
    });
  });
});

describe('pngOf', () => {
  const decoded = async (tensor: Tensor) => {
    const { data, info } = await sharp(await pngOf(tensor, 'y'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { values: [...data].filter((_, i) => i % info.channels === 0), info };
  };

  it('maps 0 to black and 1 to white, and cuts off what lies outside', async () => {
    const { values } = await decoded(new Tensor('float32', [0, 1, -3, 7, 0.5], [1, 1, 1, 5]));
    expect(values).toEqual([0, 255, 0, 255, 128]);
  });

  it('takes NaN as black', async () => {
    const { values } = await decoded(new Tensor('float32', [Number.NaN], [1, 1, 1, 1]));
    expect(values).toEqual([0]);
  });

  it('keeps three channels', async () => {
    const png = await pngOf(new Tensor('float32', [1, 0, 0], [1, 3, 1, 1]), 'y');
    expect([...(await sharp(png).raw().toBuffer())]).toEqual([255, 0, 0]);
  });

  it('writes channels that come last', async () => {
    const png = await pngOf(new Tensor('float32', [1, 0, 0, 0, 1, 0], [1, 2, 1, 3]), 'y');
    expect([...(await sharp(png).raw().toBuffer())]).toEqual([255, 0, 0, 0, 255, 0]);
  });

  it.each([[[1, 4, 1, 2]], [[1, 2, 1, 2]], [[2, 1, 1, 1]], [[1, 2]], [[1, 1, 0, 4]]])(
    'refuses the shape %j',
    async (dims) => {
      const size = dims.reduce((product, dim) => product * dim, 1);
      await expect(pngOf(new Tensor('float32', new Float32Array(size), dims), 'y')).rejects.toMatchObject({
        code: 'ERR_INVALID_SHAPE',
      });
    },
  );

  it('refuses integers', async () => {
    await expect(pngOf(new Tensor('int32', [1], [1, 1, 1, 1]), 'y')).rejects.toMatchObject({
      code: 'ERR_INVALID_SHAPE',
    });
  });
});

describe('the size of a photo', () => {
  const red = () => picture(3, [255, 0, 0, 255, 0, 0], 2);
  const grey = () => picture(1, [54, 54], 2);

  it('is kept by a letterbox, with grey beside it', async () => {
    expect(await valuesOf(await grey(), [1, 1, 2, 2], { resize: 'letterbox', fill: 9 })).toEqual([
      54, 54, 9, 9,
    ]);
    const rows = await valuesOf(await red(), [1, 3, 4, 2], { resize: 'letterbox', fill: 9 });
    expect(rows.slice(0, 8)).toEqual([9, 9, 255, 255, 9, 9, 9, 9]);
    expect(rows.slice(8, 16)).toEqual([9, 9, 0, 0, 9, 9, 9, 9]);
  });

  it('is cut off by a crop', async () => {
    const stripes = await picture(3, [9, 9, 9, 50, 50, 50, 50, 50, 50, 9, 9, 9], 4);
    expect(await valuesOf(stripes, [1, 1, 1, 2], { resize: 'crop' })).toEqual([50, 50]);
  });

  it('decides where the model leaves it open', async () => {
    const shape = imageShape(['n', 3, 'h', 'w'])!;
    const { tensor } = await imageTensor(await red(), shape, { ...plain, multipleOf: 4 }, 'x');
    expect(tensor.dims).toEqual([1, 3, 4, 4]);
  });
});

it('blue comes first where the network wants it so', async () => {
  expect(await valuesOf(await picture(3, [1, 2, 3], 1), [1, 3, 1, 1], { channels: 'bgr' })).toEqual([
    3, 2, 1,
  ]);
  const glass = await picture(4, [1, 2, 3, 128], 1);
  expect(await valuesOf(glass, [1, 4, 1, 1], { channels: 'bgr' })).toEqual([3, 2, 1, 128]);
});
