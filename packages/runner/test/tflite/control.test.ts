import { describe, expect, it } from 'vitest';
import { worded } from '../support/refusal.ts';
import { conditional, flag, IF, repeated, value } from './control-models.ts';
import type { LiteSubgraphParts } from './lite-model.ts';
import { loadLite, runLite, tensor } from './run-lite.ts';

const x = tensor('float32', [2], [1, 2]);

describe('control flow of a TensorFlow Lite model', () => {
  it.each([
    [1, [11, 12]],
    [0, [3, 6]],
  ])('runs the branch that its condition names: %i', async (condition, expected) => {
    const [y] = await runLite(conditional, { choose: tensor('bool', [], [condition]), x });
    expect([...y!.data]).toEqual(expected);
  });

  it.each([0, 1, 5])('repeats a subgraph %i times', async (times) => {
    const [y, n] = await runLite(repeated, { times: tensor('int32', [], [times]), x });
    expect([...y!.data, ...n!.data]).toEqual([2 ** times, 2 * 2 ** times, times]);
  });

  it.each([
    ['a subgraph that is not there', [92, [0, 'int32', 1], [1, 'int32', 7]], 'ERR_INVALID_MODEL'],
    ['itself', [92, [0, 'int32', 0], [1, 'int32', 0]], 'ERR_INVALID_MODEL'],
  ])('is refused where it runs %s', async (_, options, code) => {
    const [node] = conditional.operators;
    const parts = { ...conditional, operators: [{ ...node!, options: options as never }] };
    await expect(loadLite(parts)).rejects.toThrow(worded(code));
  });

  it('is refused where subgraphs run each other without an end', async () => {
    const options = [92, [0, 'int32', 1], [1, 'int32', 1]] as const;
    const inner: LiteSubgraphParts = {
      tensors: { choose: flag, x: value, y: value },
      inputs: ['choose', 'x'],
      outputs: ['y'],
      operators: [{ op: IF, inputs: ['choose', 'choose', 'x'], outputs: ['y'], options }],
    };
    await expect(loadLite({ ...inner, others: [inner] })).rejects.toThrow(worded('ERR_LIMIT_EXCEEDED'));
  });
});
