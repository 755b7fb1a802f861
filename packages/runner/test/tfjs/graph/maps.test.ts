import { describe, expect, it } from 'vitest';
import { b, type GraphWeight, s, scalar, vector } from '../graph-model.ts';
import { runOperator as run } from './run-operator.ts';

const boxes: GraphWeight = { shape: [2, 4], values: [0, 0, 1, 1, 0.5, 0, 2, 1] };
const crop = { boxes, images: vector(0, 0), size: vector(2, 2) };

describe('crops of a map', () => {
  it('are between its pixels, and the extrapolation outside', async () => {
    const [y] = await run('CropAndResize', [1, 3, 3, 1], crop, {
      method: s('bilinear'),
      extrapolation_value: { f: -1 },
    });
    expect(y).toEqual({ dims: [2, 2, 2, 1], values: [0, 2, 6, 8, 3, 5, -1, -1] });
  });

  it('are the nearest pixels, of the middle where there is one', async () => {
    const single = { ...crop, size: vector(1, 3) };
    const [y] = await run('CropAndResize', [1, 3, 3, 1], single, { method: s('nearest') });
    expect(y).toEqual({ dims: [2, 1, 3, 1], values: [3, 4, 5, 0, 0, 0] });
  });
});

describe('suppression of boxes', () => {
  const corners = [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 3, 1, 4];
  const scores: GraphWeight = { shape: [3], values: [0.9, 0.8, 0.5] };
  const limits = { scores, most: scalar(5), overlap: scalar(0.5, 'float32'), least: scalar(0.1, 'float32') };

  it('is padded to as many as there are boxes', async () => {
    const attributes = { pad_to_max_output_size: b(true) };
    const [chosen, count] = await run(
      'NonMaxSuppressionV4',
      [3, 4],
      limits,
      attributes,
      ['y', 'y:1'],
      corners,
    );
    expect([chosen!.values, count!.values]).toEqual([[0, 2, 0], [2]]);
  });

  it('lowers scores by how much boxes overlap', async () => {
    const all = { ...limits, overlap: scalar(1, 'float32'), sigma: scalar(0.5, 'float32') };
    const [chosen, left] = await run('NonMaxSuppressionV5', [3, 4], all, {}, ['y', 'y:1'], corners);
    const share = 0.9 / 1.1;
    const expected = [0.9, 0.5, 0.8 * Math.exp((-0.5 / 0.5) * share ** 2)];
    expect(chosen!.values).toEqual([0, 2, 1]);
    for (const [at, value] of expected.entries()) expect(left!.values[at]).toBeCloseTo(value, 5);
  });
});
