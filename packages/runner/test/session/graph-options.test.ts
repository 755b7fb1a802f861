import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { firstDifference } from '../support/compare.ts';
import { float32, io, model, node, random } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import { traced } from '../support/run.ts';
import { create, image } from './network.ts';

describe('option dimensions', () => {
  it('fixes symbolic dims, so that weights are packed when the network is loaded', async () => {
    const stages: string[] = [];
    const [, , H, W] = image.dims as [number, number, number, number];
    await using session = await create({
      dimensions: { N: 1, H, W, unknown: 7 },
      onProgress: ({ stage }) => stages.push(stage),
    });
    expect(session.inputMetadata[0]!.shape).toEqual([1, 3, H, W]);
    expect(stages).toContain('prepare');
    const { scores } = await session.run({ image });
    expect(scores!.dims).toEqual([1, 5]);
    const other = float32([1, 3, H + 1, W]);
    await expect(session.run({ image: other })).rejects.toThrow(code('ERR_INVALID_SHAPE'));
  });

  it.each([
    [7, 'ERR_INVALID_TYPE'],
    [{ H: '4' }, 'ERR_INVALID_TYPE'],
    [{ H: -1 }, 'ERR_INVALID_ARGUMENT'],
    [{ H: 1.5 }, 'ERR_INVALID_ARGUMENT'],
  ])('%j is refused', async (dimensions, expected) => {
    await expect(create({ dimensions: dimensions as never })).rejects.toThrow(code(expected));
  });
});

describe('option prepare', () => {
  const [, , H, W] = image.dims as [number, number, number, number];
  const dimensions = { N: 1, H, W };

  it('chooses the outputs for which weights are packed while the network is loaded', async () => {
    const stages = new Set<string>();
    const onProgress = ({ stage }: { stage: string }) => stages.add(stage);
    await using session = await create({ dimensions, onProgress, prepare: [] });
    expect(stages).not.toContain('prepare');
    await using ready = await create({ dimensions, onProgress, prepare: ['scores'] });
    expect(stages).toContain('prepare');
    expect(await session.run({ image })).toEqual(await ready.run({ image }));
  });

  it.each([
    [7, 'ERR_INVALID_TYPE'],
    [[1], 'ERR_INVALID_TYPE'],
    [['nothing'], 'ERR_INVALID_ARGUMENT'],
  ])('%j is refused', async (prepare, expected) => {
    await expect(create({ dimensions, prepare: prepare as never })).rejects.toThrow(code(expected));
  });
});

describe('option fuse', () => {
  const bytes = model({
    nodes: [
      node('Conv', ['x', 'w'], ['c'], {}, 'conv'),
      node('BatchNormalization', ['c', 'scale', 'shift', 'mean', 'variance'], ['n'], {}, 'norm'),
      node('Relu', ['n'], ['y'], {}, 'relu'),
    ],
    ...io({ x: [1, 2, 5, 5] }, { y: [1, 3, 3, 3] }),
    constants: {
      w: random([3, 2, 3, 3], 1),
      scale: random([3], 2),
      shift: random([3], 3),
      mean: random([3], 4),
      variance: float32([3], [1, 2, 3]),
    },
  });

  it('leaves each node a layer of its own, with the same results', async () => {
    await using fused = await InferenceSession.create(bytes);
    await using plain = await InferenceSession.create(bytes, { fuse: false });
    const x = random([1, 2, 5, 5], 5);
    const [one, other] = [await traced(fused, { x }), await traced(plain, { x })];
    const names = ({ layers }: typeof one) => layers.map(({ opType }) => opType);
    expect(names(one)).not.toContain('Relu');
    expect(names(other)).toEqual(expect.arrayContaining(['Conv', 'BatchNormalization', 'Relu']));
    expect(firstDifference(other.results.y!, one.results.y!, 1e-5, 1e-6)).toBeUndefined();
  });

  it('is true or false', async () => {
    await expect(create({ fuse: 1 as never })).rejects.toThrow(code('ERR_INVALID_TYPE'));
  });
});

describe('option outputs', () => {
  const bytes = model({
    nodes: [node('Relu', ['x'], ['a'], {}, 'first'), node('Neg', ['a'], ['y'], {}, 'last')],
    ...io({ x: [2] }, { y: [2] }),
  });
  const feeds = { x: float32([2], [-1, 2]) };

  it.each(['a', 'first'])('makes %s an output', async (name) => {
    await using session = await InferenceSession.create(bytes, { outputs: [name, 'y'] });
    expect(session.outputNames).toEqual(['a', 'y']);
    const { a, y } = await session.run(feeds);
    expect([...a!.data]).toEqual([0, 2]);
    expect([...y!.data].map((value) => Math.abs(Number(value)))).toEqual([0, 2]);
  });

  it.each<[unknown, string]>([
    [['z'], 'ERR_INVALID_MODEL'],
    [[], 'ERR_INVALID_TYPE'],
    [['y', 'y'], 'ERR_INVALID_TYPE'],
    [7, 'ERR_INVALID_TYPE'],
  ])('%j is refused', async (outputs, expected) => {
    await expect(InferenceSession.create(bytes, { outputs: outputs as never })).rejects.toThrow(
      code(expected),
    );
  });
});
