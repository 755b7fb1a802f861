import { describe, expect, it } from 'vitest';
import { firstDifference } from '../support/compare.ts';
import { float32, type Message, model, node, valueInfo } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import { runModel } from '../support/run.ts';

describe('BatchNormalization in training', () => {
  const input = float32([2, 2, 1, 2], [1, 2, 3, 5, 2, 7, 1, 4]);
  const parameters = {
    g: float32([2], [1, 2]),
    b: float32([2], [0, 1]),
    m: float32([2], [0.5, -1]),
    v: float32([2], [2, 3]),
  };
  const expected = {
    y: [-0.8528, -0.4264, 0.6619, 3.3664, -0.4264, 1.7056, -2.0425, 2.0142],
    mean: [0.75, -0.575],
    variance: [2.35, 2.91875],
    batchMean: [3, 3.25],
    batchVariance: [5.5, 2.1875],
  };
  const run = async (
    opset: number,
    names: string[],
    attributes: Parameters<typeof node>[3],
    before: Message[],
    fetches: string[],
  ) => {
    const bytes = model({
      nodes: [...before, node('BatchNormalization', ['c', 'g', 'b', 'm', 'v'], names, attributes)],
      inputs: [valueInfo('x', 'float32', [2, 2, 1, 2])],
      outputs: fetches.map((name) => ({ name, type: { tensorType: { elemType: 1 } } })),
      constants: { ...parameters, i: float32([2, 2, 1, 1], [1, 0, 0, 1]) },
      opset,
    });
    return runModel(bytes, { x: input });
  };
  const befores: [string, Message][] = [
    ['an Identity', node('Identity', ['x'], ['c'])],
    ['a convolution', node('Conv', ['x', 'i'], ['c'])],
  ];
  const all = Object.keys(expected);

  it.each(
    befores.flatMap(([what, before]) =>
      [7, 8, 9, 13].flatMap((opset) =>
        [['y'], all].map((fetches) => [what, opset, fetches, before] as const),
      ),
    ),
  )('after %s, operator set %d: five outputs, of which %j are read', async (_, opset, fetches, before) => {
    const results = await run(opset, all, {}, [before], [...fetches]);
    for (const name of fetches) {
      const values = expected[name as keyof typeof expected];
      expect(firstDifference(results[name]!, float32(results[name]!.dims, values)), name).toBeUndefined();
    }
  });

  it.each(
    befores.flatMap(([what, before]) =>
      [14, 15, 17].flatMap((opset) =>
        [['y'], ['y', 'mean', 'variance']].map((fetches) => [what, opset, fetches, before] as const),
      ),
    ),
  )('after %s, operator set %d: training_mode, of which %j are read', async (_, opset, fetches, before) => {
    const results = await run(
      opset,
      ['y', 'mean', 'variance'],
      { training_mode: 1, momentum: { float: 0.5 } },
      [before],
      [...fetches],
    );
    const values = { ...expected, mean: [1.75, 1.125], variance: [3.75, 2.59375] };
    for (const name of fetches) {
      const own = values[name as keyof typeof expected];
      expect(firstDifference(results[name]!, float32(results[name]!.dims, own)), name).toBeUndefined();
    }
  });

  it('is not what an absent output means, nor training_mode 0', async () => {
    const inference = [0.3536, 1.0607, 5.6188, 7.9282, 1.0607, 4.5962, 3.3094, 6.7735];
    for (const [opset, names] of [
      [9, ['y', '', '', '', '']],
      [9, ['y']],
      [14, ['y']],
    ] as const) {
      const { y } = await run(opset, [...names], {}, [befores[0]![1]], ['y']);
      expect(firstDifference(y!, float32([2, 2, 1, 2], inference))).toBeUndefined();
    }
    await expect(run(14, ['y', 'mean'], {}, [befores[0]![1]], ['y', 'mean'])).rejects.toThrow(
      code('ERR_UNSUPPORTED_OPERATOR'),
    );
  });
});

describe('LayerNormalization', () => {
  it('of rows without elements has an empty result and undefined means', async () => {
    const bytes = model({
      nodes: [node('LayerNormalization', ['x', 's'], ['y', 'mean'])],
      inputs: [valueInfo('x', 'float32', [3, 'n'])],
      outputs: ['y', 'mean'].map((name) => valueInfo(name, 'float32', [3, 'n'])),
      constants: { s: float32([1], [1]) },
    });
    const { y, mean } = await runModel(bytes, { x: float32([3, 0]) });
    expect(y!.dims).toEqual([3, 0]);
    expect(mean!.dims).toEqual([3, 1]);
    expect([...(mean!.data as Float32Array)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
});
