import { describe, expect, it } from 'vitest';
import { float32, io, type ModelParts, node } from '../support/onnx.ts';
import { agrees, random } from './agreement.ts';

describe('steps on the main thread', () => {
  it('between native ones', async () => {
    const x = random([1, 3, 6, 6], 100);
    const parts: ModelParts = {
      nodes: [
        node('Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }),
        node('Tan', ['c'], ['e']),
        node('Conv', ['e', 'v'], ['y']),
      ],
      ...io({ x: x.dims }, { y: [1, 2, 6, 6] }),
      constants: { w: random([4, 3, 3, 3], 101), v: random([2, 4, 1, 1], 102) },
    };
    const { layers } = await agrees(parts, { x });
    expect(layers.map(({ opType }) => opType)).toEqual([
      'CopyIn',
      'Reorder',
      'Conv',
      'CopyOut',
      'Tan',
      'CopyIn',
      'Reorder',
      'Conv',
      'CopyOut',
    ]);
  });

  it('apply an activation that was fused to them', async () => {
    const feeds = { x: random([2, 3], 103), w: random([3, 4], 104) };
    const parts: ModelParts = {
      nodes: [node('MatMul', ['x', 'w'], ['m']), node('Relu', ['m'], ['y'])],
      ...io({ x: [2, 3], w: [3, 4] }, { y: [2, 4] }),
    };
    await agrees(parts, feeds);
  });

  it('take values without elements', async () => {
    const x = float32([0, 3, 4, 4]);
    const parts: ModelParts = {
      nodes: [node('Conv', ['x', 'w'], ['c']), node('Relu', ['c'], ['y'])],
      ...io({ x: ['N', 3, 4, 4] }, { y: ['N', 2, 2, 2] }),
      constants: { w: random([2, 3, 3, 3], 105) },
    };
    const { results } = await agrees(parts, { x });
    expect(results.y!.dims).toEqual([0, 2, 2, 2]);
  });
});
