import type { LiteModelParts, LiteTensorParts } from '../lite-model.ts';
import { spread } from './quantized.ts';

/** A small classifier: convolutions with a shortcut between them, pooling, a product and its shares. */
export function classifier(type: 'int8' | 'uint8'): LiteModelParts {
  const shift = type === 'int8' ? 0 : 128;
  const coding = (scale: number, zero: number) => ({ type, scale, zero: zero + shift });
  const weights = (dims: readonly number[], seed: number, scale: number): LiteTensorParts => ({
    dims,
    type,
    values: spread(dims, { type }, seed),
    scale,
    zero: type === 'int8' ? 0 : 120,
  });
  const bias = (length: number, scale: number): LiteTensorParts => ({
    dims: [length],
    type: 'int32',
    values: Array.from({ length }, (_, i) => 50 * i - 100),
    scale,
    zero: 0,
  });
  const window = [
    [0, 'int8', 0],
    [1, 'int32', 1],
    [2, 'int32', 1],
  ] as const;
  return {
    tensors: {
      image: { dims: [1, 8, 8, 3], ...coding(1 / 128, 0) },
      w1: weights([4, 3, 3, 3], 1, 0.004),
      b1: bias(4, 0.004 / 128),
      a: { dims: [1, 8, 8, 4], ...coding(6 / 255, -128) },
      w2: weights([1, 3, 3, 4], 2, 0.003),
      b2: bias(4, (0.003 * 6) / 255),
      b: { dims: [1, 8, 8, 4], ...coding(0.03, -10) },
      sum: { dims: [1, 8, 8, 4], ...coding(0.04, -20) },
      pooled: { dims: [1, 1, 1, 4], ...coding(0.04, -20) },
      shape: { dims: [2], type: 'int32', values: [1, 4] },
      flat: { dims: [1, 4], ...coding(0.04, -20) },
      w3: weights([3, 4], 3, 0.01),
      b3: bias(3, 0.0004),
      logits: { dims: [1, 3], ...coding(0.05, 5) },
      shares: { dims: [1, 3], ...coding(1 / 256, -128) },
    },
    inputs: ['image'],
    outputs: ['shares', 'sum'],
    operators: [
      { op: 3, inputs: ['image', 'w1', 'b1'], outputs: ['a'], options: [1, ...window, [3, 'int8', 3]] },
      {
        op: 4,
        inputs: ['a', 'w2', 'b2'],
        outputs: ['b'],
        options: [2, ...window, [3, 'int32', 1], [4, 'int8', 0]],
      },
      { op: 0, inputs: ['a', 'b'], outputs: ['sum'], options: [11, [0, 'int8', 0]] },
      {
        op: 1,
        inputs: ['sum'],
        outputs: ['pooled'],
        options: [5, [0, 'int8', 1], [1, 'int32', 1], [2, 'int32', 1], [3, 'int32', 8], [4, 'int32', 8]],
      },
      { op: 22, inputs: ['pooled', 'shape'], outputs: ['flat'] },
      { op: 9, inputs: ['flat', 'w3', 'b3'], outputs: ['logits'], options: [8, [0, 'int8', 0]] },
      { op: 25, inputs: ['logits'], outputs: ['shares'], options: [9, [0, 'float32', 1]] },
    ],
  };
}
