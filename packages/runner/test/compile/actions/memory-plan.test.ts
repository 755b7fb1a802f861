import { describe, expect, it } from 'vitest';
import { lower } from '../../../src/compile/lower.ts';
import { lowerBound, planMemory } from '../../../src/compile/memory-plan.ts';
import { placesOf } from '../../../src/lowering/actions.ts';
import { simplified, x } from '../../passes/simplified.ts';
import { float32, type ModelParts, node, random, valueInfo } from '../../support/onnx.ts';

describe('memory plan', () => {
  const chain = (length: number): ModelParts => ({
    nodes: Array.from({ length }, (_, i) =>
      node('Conv', [i === 0 ? 'x' : `v${i}`, 'k'], [i === length - 1 ? 'y' : `v${i + 1}`], {
        pads: [1, 1, 1, 1],
      }),
    ),
    inputs: [x],
    outputs: [valueInfo('y', 'float32', [1, 2, 4, 4])],
    constants: { k: random([2, 2, 3, 3], 9) },
  });

  it('needs two maps for a chain of any length', () => {
    const { actions } = lower(simplified(chain(20)));
    expect(planMemory(actions).arenaFloats).toBe(2 * 32);
    expect(lowerBound(actions)).toBe(2 * 32);
  });

  it('never lets regions that live at the same time overlap, and aligns all to 64 bytes', () => {
    const nodes = [
      node('Conv', ['x', 'k'], ['a'], { pads: [1, 1, 1, 1] }),
      node('MaxPool', ['a'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }),
      node('Conv', ['p', 'k'], ['b'], { pads: [1, 1, 1, 1] }),
      node('Resize', ['b', '', 'scales'], ['u'], { mode: 'linear' }),
      node('Concat', ['a', 'u'], ['j'], { axis: 1 }),
      node('Softmax', ['j'], ['s'], { axis: 1 }),
      node('Add', ['s', 'j'], ['y']),
    ];
    const parts: ModelParts = {
      nodes,
      inputs: [x],
      outputs: [valueInfo('y', 'float32', [1, 4, 4, 4])],
      constants: { k: random([2, 2, 3, 3], 9), scales: float32([4], [1, 1, 2, 2]) },
    };
    const { actions } = lower(simplified(parts));
    const { offsets, arenaFloats } = planMemory(actions);
    const lives = new Map([...offsets.keys()].map((region) => [region, [] as number[]]));
    for (const [index, action] of actions.entries()) {
      const { reads, writes } = placesOf(action);
      for (const { region } of [...reads, ...writes]) if (region) lives.get(region)!.push(index);
    }
    const regions = [...offsets].map(([region, offset]) => ({
      offset,
      end: offset + region.floats,
      first: Math.min(...lives.get(region)!),
      last: Math.max(...lives.get(region)!),
    }));
    for (const [i, a] of regions.entries()) {
      expect(a.offset % 16).toBe(0);
      expect(a.end).toBeLessThanOrEqual(arenaFloats);
      for (const b of regions.slice(i + 1)) {
        const together = a.first <= b.last && b.first <= a.last;
        if (together) expect(a.end <= b.offset || b.end <= a.offset).toBe(true);
      }
    }
  });
});
