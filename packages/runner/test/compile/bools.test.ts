import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32, type Message, type ModelParts, node, valueInfo } from '../support/onnx.ts';
import { agrees, random } from './agreement.ts';

const dims = [2, 3, 4, 5];
const nan = Number.NaN;
const special = [0, -0, 1, nan, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2, 1e-42];
const x = float32(
  dims,
  random(dims, 1).data.map((value, i) => special[i % 11] ?? value),
);
const y = float32(
  dims,
  random(dims, 2).data.map((value, i) => special[i % 7] ?? value),
);
const row = random([4, 1], 3);

const types = { float32: 1, int64: 7, bool: 9 };

/** Compares what nodes make of `x`, `y` and `row` with their definitions; nothing in between leaves native code. */
async function agreesNatively(
  nodes: readonly Message[],
  outputs: Readonly<Record<string, keyof typeof types>>,
): Promise<void> {
  const inputs = { x, y, row };
  const parts: ModelParts = {
    nodes,
    inputs: Object.entries(inputs).map(([name, tensor]) => valueInfo(name, 'float32', tensor.dims)),
    outputs: Object.entries(outputs).map(([name, type]) => valueInfo(name, type, ['a', 'b', 'c', 'd'])),
    constants: { mask: new Tensor('bool', [true, false, false, true, true], [5]), none: float32([], [nan]) },
  };
  const { layers } = await agrees(parts, inputs);
  const copies = layers.filter(({ opType }) => opType === 'CopyOut').map(({ name }) => name);
  expect(copies.sort()).toEqual(Object.keys(outputs).sort());
}

describe('bools', () => {
  it.each(['Equal', 'Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual'])('%s of floats', async (opType) => {
    const nodes = [node(opType, ['x', 'y'], ['z']), node(opType, ['row', 'x'], ['v'])];
    await agreesNatively(nodes, { z: 'bool', v: 'bool' });
  });

  it.each(['And', 'Or', 'Xor', 'Equal'])('%s of what was compared, and of a constant', async (opType) => {
    const nodes = [
      node('Less', ['x', 'y'], ['a']),
      node('Cast', ['x'], ['b'], { to: types.bool }),
      node(opType, ['a', 'b'], ['c']),
      node(opType, ['mask', 'c'], ['d']),
      node('Not', ['d'], ['e']),
      node('Cast', ['e'], ['z'], { to: types.float32 }),
    ];
    await agreesNatively(nodes, { c: 'bool', z: 'float32' });
  });

  it('choose between values bit by bit', async () => {
    const nodes = [
      node('Equal', ['x', 'y'], ['a']),
      node('Where', ['a', 'x', 'none'], ['b']),
      node('Where', ['a', 'row', 'y'], ['c']),
      node('Where', ['mask', 'b', 'c'], ['z']),
    ];
    await agreesNatively(nodes, { b: 'float32', c: 'float32', z: 'float32' });
    const given = {
      c: new Tensor('bool', [true, false, true, false], [4]),
      v: float32([4], [-0, -0, nan, 3]),
    };
    const parts: ModelParts = {
      nodes: [node('Where', ['c', 'v', 'w'], ['z'])],
      inputs: [valueInfo('c', 'bool', [4]), valueInfo('v', 'float32', [4])],
      outputs: [valueInfo('z', 'float32', [4])],
      constants: { w: float32([4], [1, -0, 1, Number.NEGATIVE_INFINITY]) },
    };
    const { results } = await agrees(parts, given);
    expect([...results.z!.data]).toEqual([-0, -0, nan, Number.NEGATIVE_INFINITY]);
  });

  it('are moved, and fed as any number that is not 0', async () => {
    const flags = new Tensor('bool', Uint8Array.of(0, 7, 1, 255, 0, 1), [2, 3]);
    const parts: ModelParts = {
      nodes: [
        node('Transpose', ['flags'], ['t']),
        node('Concat', ['t', 't'], ['c'], { axis: 1 }),
        node('Cast', ['c'], ['z'], { to: types.float32 }),
      ],
      inputs: [valueInfo('flags', 'bool', [2, 3])],
      outputs: [valueInfo('z', 'float32', [3, 4])],
    };
    const { results } = await agrees(parts, { flags });
    expect([...results.z!.data]).toEqual([0, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1]);
  });

  it('and indices of the best values are found natively', async () => {
    const nodes = [
      node('ArgMax', ['y'], ['first'], { axis: 1 }),
      node('ArgMin', ['y'], ['last'], { axis: 3, select_last_index: 1 }),
      node('ArgMax', ['x'], ['flat'], { axis: 0, keepdims: 0 }),
      node('Unsqueeze', ['flat', 'zero'], ['all']),
    ];
    const parts: ModelParts = {
      nodes,
      inputs: [valueInfo('x', 'float32', dims), valueInfo('y', 'float32', dims)],
      outputs: ['first', 'last', 'all'].map((name) => valueInfo(name, 'int64', ['a', 'b', 'c', 'd'])),
      constants: { zero: new Tensor('int64', [0n], [1]) },
    };
    const { layers } = await agrees(parts, { x, y });
    expect(layers.map(({ opType }) => opType)).toContain('ArgMax');
    expect(layers.filter(({ opType }) => opType === 'CopyOut')).toHaveLength(3);
  });

  it.each(['int32', 'uint16', 'float64'] as const)('%s becomes floats', async (type) => {
    const parts: ModelParts = {
      nodes: [node('Cast', ['v'], ['f'], { to: types.float32 }), node('Relu', ['f'], ['z'])],
      inputs: [valueInfo('v', type, [5])],
      outputs: [valueInfo('z', 'float32', [5])],
    };
    const v = new Tensor(type, [0, 1, 65535, 3, 16777], [5]);
    const { results } = await agrees(parts, { v });
    expect([...results.z!.data]).toEqual([0, 1, 65535, 3, 16777]);
  });
});
