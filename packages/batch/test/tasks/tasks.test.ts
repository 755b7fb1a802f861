import { Tensor } from '@zeroskip/tensor';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { place } from '../../src/images/placement.ts';
import type { Resize } from '../../src/images/preparation.ts';
import { readNpy } from '../../src/npy.ts';
import { type Box, suppress } from '../../src/tasks/box.ts';
import { finish } from '../../src/tasks/finish.ts';
import type { Task } from '../../src/tasks/task.ts';

const photo = { width: 8, height: 4 };
const placed = (resize: Resize, side = 4) =>
  place(photo, { width: side, height: side }, { resize, cropShare: 1 });
const file = await sharp({ create: { ...photo, channels: 3, background: '#102030' } })
  .png()
  .toBuffer();
const tensor = (values: number[], dims: number[]) => new Tensor('float32', values, dims);

const made = (task: Task, output: Tensor, resize: Resize = 'stretch', side = 4) =>
  finish(task, { file, what: '"a.png"', placement: async () => placed(resize, side) }, { y: output });

async function pixelsOf(png: Uint8Array) {
  const { channels } = await sharp(png).metadata();
  const image = channels === 1 ? sharp(png).toColourspace('b-w') : sharp(png);
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { data: [...data], info };
}

describe('mask', () => {
  const rows = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0];

  it('has the size of the photo', async () => {
    const { file: png } = await made({ task: 'mask' }, tensor(Array(16).fill(0.5), [1, 1, 4, 4]));
    const { data, info } = await pixelsOf(png!.bytes);
    expect(info).toMatchObject({ ...photo, channels: 1 });
    expect(new Set(data)).toEqual(new Set([128]));
  });

  it('leaves out what stood beside the photo', async () => {
    const { file: png } = await made({ task: 'mask' }, tensor(rows, [1, 1, 4, 4]), 'letterbox');
    expect(new Set((await pixelsOf(png!.bytes)).data)).toEqual(new Set([255]));
  });

  it('is black where the network saw nothing', async () => {
    const { file: png } = await made({ task: 'mask' }, tensor(Array(16).fill(1), [1, 4, 4]), 'crop');
    const { data } = await pixelsOf(png!.bytes);
    expect(data.slice(0, 8)).toEqual([0, 0, 255, 255, 255, 255, 0, 0]);
  });

  it('may be of another size than the input', async () => {
    const { file: png } = await made(
      { task: 'mask' },
      tensor(
        [0, 1, 1, 0].flatMap((v) => [v, v]),
        [1, 4, 2, 1],
      ),
      'letterbox',
    );
    expect((await pixelsOf(png!.bytes)).info).toMatchObject(photo);
  });

  it.each([
    ['sigmoid', [0, 0, 0, 0], 128],
    ['minmax', [5, 5, 5, 5], 0],
  ] as const)('takes shares by %s', async (activation, values, expected) => {
    const { file: png } = await made({ task: 'mask', activation }, tensor([...values], [1, 1, 2, 2]));
    expect((await pixelsOf(png!.bytes)).data[0]).toBe(expected);
  });

  it('is how opaque a cut-out is', async () => {
    const { file: png } = await made({ task: 'cutout' }, tensor(Array(16).fill(0.5), [1, 4, 4, 1]));
    const { data, info } = await pixelsOf(png!.bytes);
    expect(info).toMatchObject({ ...photo, channels: 4 });
    expect(data.slice(0, 4)).toEqual([16, 32, 48, 128]);
  });

  it.each([[[1, 2, 2, 2]], [[8]], [[1, 8]]])('refuses the shape %j', async (dims) => {
    await expect(made({ task: 'mask' }, tensor(Array(8).fill(0), dims))).rejects.toMatchObject({
      code: 'ERR_INVALID_SHAPE',
    });
  });

  it('refuses an array, which has no photo', async () => {
    const input = { file, what: '"a.npy"' };
    await expect(finish({ task: 'mask' }, input, { y: tensor([0, 0, 0, 0], [1, 1, 2, 2]) })).rejects.toThrow(
      'Expected an image, for the task mask',
    );
  });
});

describe('scores', () => {
  const output = tensor([1, 3, 2], [1, 3, 1, 1]);

  it('have the highest first, with labels', async () => {
    const { record } = await made({ task: 'scores', labels: ['a', 'b', 'c'], top: 2 }, output);
    expect(record).toEqual({
      scores: [
        { label: 'b', class: 1, score: 3 },
        { label: 'c', class: 2, score: 2 },
      ],
    });
  });

  it('sum to 1 by softmax', async () => {
    const { record } = await made({ task: 'scores', activation: 'softmax' }, output);
    const scores = record!.scores as { label: string; score: number }[];
    expect(scores.map(({ label }) => label)).toEqual(['1', '2', '0']);
    expect(scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
  });

  it('refuse labels of another number, and maps', async () => {
    await expect(made({ task: 'scores', labels: ['a'] }, output)).rejects.toThrow(/Expected 3 names/);
    await expect(made({ task: 'scores' }, tensor([1, 2, 3, 4], [1, 2, 2]))).rejects.toMatchObject({
      code: 'ERR_INVALID_SHAPE',
    });
  });
});

describe('boxes', () => {
  const boxes = async (task: Partial<Task>, output: Tensor, resize?: Resize) =>
    (await made({ task: 'boxes', ...task }, output, resize)).record!.boxes as Box[];

  it('are found in rows with objectness, in pixels of the photo', async () => {
    const rows = tensor([2, 2, 2, 2, 0.5, 0.1, 0.9, 2, 2, 2, 2, 0.1, 1, 1], [1, 2, 7]);
    expect(await boxes({ boxes: 'yolov5', labels: ['cat', 'dog'] }, rows)).toEqual([
      { label: 'dog', class: 1, score: 0.45, box: [2, 1, 6, 3] },
    ]);
  });

  it('have scores of shares, each factor by itself', async () => {
    const rows = tensor([2, 2, 2, 2, 0, -5, 2, 2, 2, 2, 2, -5, -5, -5], [1, 2, 7]);
    const found = await boxes({ boxes: 'yolov5', activation: 'sigmoid', threshold: 0.01 }, rows);
    expect(found.map(({ score }) => score)).toEqual([0.440399]);
    await expect(boxes({ boxes: 'yolov5', activation: 'softmax' }, rows)).rejects.toThrow('none or sigmoid');
  });

  it('are found in columns', async () => {
    const values = [
      ...[2, 2, 1, 0, 0, 0, 0],
      ...[2, 2, 2, 0, 0, 0, 0],
      ...[2, 2, 1, 0, 0, 0, 0],
      ...[2, 2, 2, 0, 0, 0, 0],
      ...[0.9, 0.8, 0.3, 0, 0, 0, 0],
    ];
    expect(await boxes({}, tensor(values, [1, 5, 7]))).toEqual([
      { label: '0', class: 0, score: 0.9, box: [2, 1, 6, 3] },
      { label: '0', class: 0, score: 0.3, box: [1, 1, 3, 3] },
    ]);
    expect(await boxes({ iou: 1 }, tensor(values, [1, 5, 7]))).toHaveLength(3);
    expect(await boxes({ threshold: 0.85 }, tensor(values, [1, 5, 7]))).toHaveLength(1);
  });

  it('are found where the network has left out overlaps', async () => {
    const rows = tensor([1, 1, 3, 2, 0.9, 1, 1, 1, 3, 2, 0.8, 1, 0, 0, 0, 0, 0, 0], [1, 3, 6]);
    expect((await boxes({ boxes: 'yolov10' }, rows, 'letterbox')).map(({ box }) => box)).toEqual([
      [2, 0, 6, 2],
      [2, 0, 6, 2],
    ]);
  });

  it('are drawn on the photo', async () => {
    const rows = tensor([2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0], [1, 2, 6]);
    const { file: png } = await made({ task: 'boxes', boxes: 'yolov5', draw: true, labels: ['<&>'] }, rows);
    const { data, info } = await pixelsOf(png!.bytes);
    expect(info).toMatchObject(photo);
    expect(data.some((value, i) => i % info.channels === 0 && value > 100)).toBe(true);
  });

  it('refuse outputs that hold none', async () => {
    await expect(boxes({}, tensor([1, 2], [1, 2]))).rejects.toMatchObject({ code: 'ERR_INVALID_SHAPE' });
    const four = tensor([1, 1, 1, 1], [1, 1, 4]);
    await expect(boxes({ boxes: 'yolov10' }, four)).rejects.toThrow(/boxes as yolov10 has them/);
  });
});

describe('suppress', () => {
  const box = (label: number, score: number, left: number): Box => {
    return { label: String(label), class: label, score, box: [left, 0, left + 10, 10] };
  };

  it('keeps the best of what overlaps, in each class', () => {
    const all = [box(0, 0.5, 1), box(0, 0.9, 0), box(1, 0.7, 0), box(0, 0.6, 40)];
    expect(suppress(all, 0.5).map(({ class: index, score }) => [index, score])).toEqual([
      [0, 0.9],
      [1, 0.7],
      [0, 0.6],
    ]);
  });

  it('keeps what only touches', () => {
    expect(suppress([box(0, 1, 0), box(0, 0.9, 10)], 0)).toHaveLength(2);
  });
});

describe('other tasks', () => {
  it('write the output as it is', async () => {
    const output = tensor([0, 1], [1, 1, 1, 2]);
    const { file: npy } = await made({ task: 'tensor' }, output);
    expect(readNpy(npy!.bytes, 'y')).toEqual(output);
    const { file: png } = await made({ task: 'image' }, output);
    expect((await pixelsOf(png!.bytes)).info).toMatchObject({ width: 2, height: 1 });
    expect((await made({ task: 'outputs' }, output)).outputs).toEqual({ y: output });
  });
});
