import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { traced } from '../support/run.ts';
import { classifier } from './cases/classifier.ts';
import { quantizedCases, spread } from './cases/quantized.ts';
import { type LiteModelParts, type LiteTensorParts, liteModel } from './lite-model.ts';
import { runCase } from './operator-case.ts';
import { runLite, tensor } from './run-lite.ts';

describe('an operator on integers gives what its numbers give, up to one step', () => {
  it.each(quantizedCases.map((only) => [only.title, only] as const))('%s', async (_, only) => {
    const [result] = await runCase(only);
    const { dims, type = 'float32', values } = only.results[0]!;
    expect([result!.type, result!.dims]).toEqual([type, dims]);
    const bound = type === 'float32' ? 1e-5 : 1;
    for (const [i, value] of values!.entries()) {
      expect(Math.abs(Number(result!.data[i]) - value), `element ${i}`).toBeLessThanOrEqual(bound);
    }
  });
});

describe.each(['int8', 'uint8'] as const)('a classifier of %s', (type) => {
  const image = tensor(type, [1, 8, 8, 3], spread([1, 8, 8, 3], { type }));

  it('convolves integers, and keeps the types of its inputs and outputs', async () => {
    await using session = await InferenceSession.create(liteModel(classifier(type)));
    expect(session.inputMetadata).toMatchObject([{ name: 'image', type, shape: [1, 8, 8, 3] }]);
    expect(session.outputMetadata).toMatchObject([
      { name: 'shares', type, shape: [1, 3] },
      { name: 'sum', type, shape: [1, 8, 8, 4] },
    ]);
    const { results, layers } = await traced(session, { image });
    expect(layers.filter(({ opType }) => opType === 'QLinearConv')).toHaveLength(2);
    expect(layers.filter(({ opType }) => opType === 'MatMulIntegerToFloat')).toHaveLength(1);
    expect(layers.filter(({ opType }) => opType === 'Conv' || opType === 'Gemm')).toEqual([]);
    const shift = type === 'int8' ? 128 : 0;
    const sum = Array.from(results.shares!.data as Int8Array, (value) => value + shift).reduce(
      (a, b) => a + b,
      0,
    );
    expect(Math.abs(sum - 256)).toBeLessThanOrEqual(3);
  });
});

const matrix: LiteTensorParts = {
  dims: [2, 3],
  type: 'int8',
  values: [1, 2, 3, -4, 5, -6],
  scale: [0.5, 0.25],
};

/** A product of floats and quantized weights. */
const hybrid = (weights: LiteTensorParts): LiteModelParts => ({
  tensors: { x: { dims: [1, 3] }, w: weights, y: { dims: [1, 2] } },
  inputs: ['x'],
  outputs: ['y'],
  operators: [{ op: 9, inputs: ['x', 'w'], outputs: ['y'], options: [8, [0, 'int8', 0]] }],
});

describe('quantized weights beside floats', () => {
  const x = tensor('float32', [1, 3], [1, 10, 100]);

  it('are the numbers that they stand for', async () => {
    const [y] = await runLite(hybrid({ ...matrix, zero: [0, 0], axis: 0 }), { x });
    expect([...y!.data]).toEqual([160.5, -138.5]);
  });

  it('may have four bits', async () => {
    const bytes = Uint8Array.of(0x21, 0xc3, 0xa5);
    const weights: LiteTensorParts = { dims: [2, 3], type: 'int4', bytes, scale: [0.5, 0.25], zero: [0, 0] };
    const [y] = await runLite(hybrid(weights), { x });
    expect([...y!.data]).toEqual([160.5, -138.5]);
  });

  it('may have half precision, behind DEQUANTIZE', async () => {
    const parts = hybrid({ dims: [2, 3] });
    const halves: LiteTensorParts = {
      dims: [2, 3],
      type: 'float16',
      values: [0x3800, 0x3c00, 0x3e00, 0xbc00, 0x3d00, 0xbe00],
    };
    const [y] = await runLite(
      {
        ...parts,
        tensors: { ...parts.tensors, halves },
        operators: [{ op: 6, inputs: ['halves'], outputs: ['w'] }, ...parts.operators],
      },
      { x },
    );
    expect([...y!.data]).toEqual([160.5, -138.5]);
  });
});
