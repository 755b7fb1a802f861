import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { code } from '../support/refusal.ts';
import { traced } from '../support/run.ts';
import { listI, loadGraph, op, placeholder, runGraph, s, scalar, vector } from './graph-model.ts';

describe('a transposed convolution of a graph model', () => {
  const x = new Tensor('float32', Float32Array.of(0, 1, 2, 3, 4, 5), [1, 2, 3, 1]);
  const attributes = { padding: s('SAME'), data_format: s('NHWC'), strides: listI(1, 2, 2, 1) };
  const weights = {
    w: { shape: [2, 2, 1, 1] },
    first: vector(1),
    second: vector(2),
    scale: vector(2),
    wrong: vector(3),
    batch: vector(1),
    channels: vector(1),
    sizes: vector(1, 4, 6, 1),
    axis: scalar(0),
  };
  /** Sizes that a graph computes from its input's. */
  const sized = (factor: string) => [
    placeholder('x', [-1, 2, 3, 1]),
    op('shape', 'Shape', ['x']),
    op('rows', 'StridedSlice', ['shape', 'first', 'second', 'first'], {}),
    op('scaled', 'Mul', ['rows', factor]),
    op('computed', 'ConcatV2', ['batch', 'scaled', 'width', 'channels', 'axis']),
    op('y', 'Conv2DBackpropInput', ['computed', 'w', 'x'], attributes),
    op('z', 'Relu', ['y']),
  ];

  it('has the sizes that are given or computed, with nothing between it and its activation', async () => {
    const given = [
      placeholder('x', [-1, 2, 3, 1]),
      op('y', 'Conv2DBackpropInput', ['sizes', 'w', 'x'], attributes),
      op('z', 'Relu', ['y']),
    ];
    const expected = await runGraph({ nodes: given, weights }, { x });
    expect(expected.dims).toEqual([1, 4, 6, 1]);
    // Each input times the kernel 1 2 / 3 4.
    expect([...expected.data].slice(0, 12)).toEqual([0, 0, 1, 2, 2, 4, 0, 0, 3, 4, 6, 8]);
    const parts = { nodes: sized('scale'), weights: { ...weights, width: vector(6) } };
    await using session = await loadGraph(parts);
    const { results, layers } = await traced(session, { x });
    expect(results.z).toEqual(expected);
    expect(layers.map(({ opType }) => opType)).not.toContain('Relu');
  });

  it('of computed sizes that Keras does not compute is refused', async () => {
    const parts = { nodes: sized('wrong'), weights: { ...weights, width: vector(6) } };
    await expect(runGraph(parts, { x })).rejects.toThrow(code('ERR_INVALID_SHAPE'));
  });
});
