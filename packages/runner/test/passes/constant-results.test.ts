import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, int64, type Message, model, node, valueInfo } from '../support/onnx.ts';
import { runModel } from '../support/run.ts';

const c = float32([4], [1, 2, 3, 4]);

async function resultsOf(
  nodes: readonly Message[],
  x: Tensor,
  constants: Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
) {
  const bytes = model({
    nodes,
    inputs: [valueInfo('x', x.type, x.dims)],
    outputs: outputs.map((name) => valueInfo(name, x.type, ['n'])),
    constants,
  });
  return runModel(Buffer.from(bytes), { x });
}

describe('a result that is a constant', () => {
  it.each<[string, Tensor, Tensor]>([
    ['float32', float32([1], [9]), c],
    ['uint8', new Tensor('uint8', new Uint8Array([9])), new Tensor('uint8', new Uint8Array([1, 2, 3, 4]))],
  ])('of %s, by its type only like an input, is a copy of the model alone', async (_, x, constant) => {
    const { y, z } = await resultsOf(
      [node('CastLike', ['c', 'x'], ['y']), node('Add', ['y', 'x'], ['z'])],
      x,
      { c: constant },
      ['y', 'z'],
    );
    expect(Array.from(y!.data as Uint8Array)).toEqual([1, 2, 3, 4]);
    expect(Array.from(z!.data as Uint8Array)).toEqual([10, 11, 12, 13]);
    expect(y!.data.buffer.byteLength).toBe(y!.data.byteLength);
  });

  it('behind padding of nothing, whose value is computed, is read back', async () => {
    const { y } = await resultsOf(
      [node('Pad', ['c', 'p', 'x'], ['y'], { mode: 'edge' })],
      float32([], [9]),
      { c, p: int64([0, 0]) },
      ['y'],
    );
    expect(y!.data).toEqual(c.data);
  });
});
