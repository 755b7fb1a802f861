import type { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { float32, int64, io, model, node, valueInfo } from '../support/onnx.ts';
import { code, worded } from '../support/refusal.ts';
import { runModel } from '../support/run.ts';

type Attributes = Parameters<typeof node>[3];

/** A network of one node on `x` of `dims`. */
function subject(
  opType: string,
  dims: readonly number[],
  attributes: Attributes = {},
  constants: Readonly<Record<string, Tensor>> = {},
  outputs = ['y'],
): Uint8Array {
  const nodes = [node(opType, ['x', ...Object.keys(constants)], outputs, attributes, 'subject')];
  return model({ nodes, ...io({ x: dims }, { y: dims }), constants });
}

/** Loads a network of one node, and runs it. */
async function attempt(...[opType, dims, attributes, constants]: Parameters<typeof subject>): Promise<void> {
  await runModel(subject(opType, dims, attributes, constants), { x: float32(dims) });
}

const at = (name: string | RegExp) => worded(name, { nodeName: 'subject' });

const w = float32([4, 2, 3, 3]);
const map = [1, 2, 5, 5];

describe('Conv is refused', () => {
  it.each<[string, readonly number[], Attributes, Record<string, Tensor>]>([
    ['with a stride of 0', map, { strides: [0, 1] }, { w }],
    ['with a negative stride', map, { strides: [-1, 1] }, { w }],
    ['with a stride beyond 2^20', map, { strides: [2 ** 40, 1] }, { w }],
    ['with a dilation of 0', map, { dilations: [1, 0] }, { w }],
    ['with a group of 0', map, { group: 0 }, { w }],
    ['with a negative group', map, { group: -2 }, { w }],
    ['with strides of the wrong length', map, { strides: [1] }, { w }],
    ['with dilations of the wrong length', map, { dilations: [1, 1, 1] }, { w }],
    ['with pads of the wrong length', map, { pads: [1, 1] }, { w }],
    ['with negative pads', map, { pads: [-1, 0, 0, 0] }, { w }],
    ['with an unknown auto_pad', map, { auto_pad: 'SAME' }, { w }],
    ["with a kernel_shape that is not the weights'", map, { kernel_shape: [5, 5] }, { w }],
    ['with a kernel_shape of the wrong length', map, { kernel_shape: [3] }, { w }],
    ['with attributes of another type', map, { strides: { float: 1 } }, { w }],
    ['with channels that the groups do not divide', map, { group: 3 }, { w }],
    ['with channels that are not W₁ × group', map, { group: 2 }, { w }],
    ['with filters that the groups do not divide', [1, 6, 5, 5], { group: 3 }, { w }],
    ['with a bias of the wrong length', map, {}, { w, b: float32([3]) }],
    ['with a bias that is no vector', map, {}, { w, b: float32([1, 4]) }],
    ['with weights of the wrong rank', map, {}, { w: float32([4, 2, 3]) }],
    ['with a kernel without extent', map, {}, { w: float32([4, 2, 0, 3]) }],
    ['with a kernel larger than the padded input', [1, 2, 2, 5], {}, { w }],
    ['with a dilated kernel larger than the padded input', map, { dilations: [3, 1] }, { w }],
  ])('%s', async (_what, dims, attributes, constants) => {
    await expect(attempt('Conv', dims, attributes, constants)).rejects.toThrow(at(/^ERR_INVALID_/));
  });

  it('on four spatial axes', async () => {
    const weights = { w: float32([1, 1, 1, 1, 1, 1]) };
    await expect(attempt('Conv', [1, 1, 2, 2, 2, 2], {}, weights)).rejects.toThrow(
      at('ERR_UNSUPPORTED_OPERATOR'),
    );
  });
});

describe('ConvTranspose is refused', () => {
  const v = float32([2, 3, 3, 3]);
  it.each<[string, Attributes, Record<string, Tensor>]>([
    ['with pads that leave nothing', { pads: [9, 9, 9, 9] }, { v }],
    ['with output padding as large as the stride', { output_padding: [1, 1] }, { v }],
    ['with groups that do not divide the channels', { group: 3 }, { v }],
    ['with weights of other channels', {}, { v: float32([5, 3, 3, 3]) }],
    ['with a bias of the wrong length', {}, { v, b: float32([2]) }],
  ])('%s', async (_what, attributes, constants) => {
    await expect(attempt('ConvTranspose', map, attributes, constants)).rejects.toThrow(at(/^ERR_INVALID_/));
  });
});

describe('other operators are refused', () => {
  it.each<[string, string, readonly number[], Attributes, Record<string, Tensor>]>([
    ['pads as large as the kernel', 'MaxPool', map, { kernel_shape: [2, 2], pads: [2, 0, 0, 0] }, {}],
    ['a pooling without kernel', 'MaxPool', map, {}, {}],
    ['a kernel of 0', 'AveragePool', map, { kernel_shape: [0, 2] }, {}],
    ['a kernel larger than the map', 'AveragePool', map, { kernel_shape: [6, 2] }, {}],
    ['two -1', 'Reshape', map, {}, { s: int64([-1, -1]) }],
    ['a dim of -2', 'Reshape', map, {}, { s: int64([-2, 25]) }],
    ['dims of another size', 'Reshape', map, {}, { s: int64([7, 7]) }],
    ['a -1 that no integer fills', 'Reshape', map, {}, { s: int64([-1, 7]) }],
    ['a 0 past the input', 'Reshape', map, {}, { s: int64([1, 2, 5, 5, 0]) }],
    ['huge dims', 'Reshape', map, {}, { s: int64([2 ** 52, 2 ** 52]) }],
    ['an axis out of range', 'Concat', map, { axis: 4 }, { k: float32([1, 2, 5, 5]) }],
    ['no axis', 'Concat', map, {}, { k: float32([1, 2, 5, 5]) }],
    ['dims that do not fit', 'Concat', map, { axis: 1 }, { k: float32([1, 2, 5, 4]) }],
    ['a scale of 0', 'Resize', map, {}, { r: float32([0]), s: float32([4], [1, 1, 0, 1]) }],
    ['a scale of NaN', 'Resize', map, {}, { r: float32([0]), s: float32([4], [1, 1, Number.NaN, 1]) }],
    [
      'an infinite scale',
      'Resize',
      map,
      {},
      { r: float32([0]), s: float32([4], [1, 1, Number.POSITIVE_INFINITY, 1]) },
    ],
    ['too few scales', 'Resize', map, {}, { r: float32([0]), s: float32([2], [2, 2]) }],
    ['neither scales nor sizes', 'Resize', map, {}, { r: float32([0]), s: float32([0]) }],
    ['a negative size', 'Resize', map, {}, { r: float32([0]), s: float32([0]), z: int64([1, 2, -5, 5]) }],
    ['an unknown mode', 'Resize', map, { mode: 'magic' }, { r: float32([0]), s: float32([4], [1, 1, 2, 2]) }],
    ['a permutation with a repeat', 'Transpose', map, { perm: [0, 0, 1, 2] }, {}],
    ['a permutation that is too short', 'Transpose', map, { perm: [0, 1] }, {}],
    ['an axis twice', 'Unsqueeze', map, {}, { a: int64([0, 0]) }],
    ['an axis that is not 1', 'Squeeze', map, {}, { a: int64([1]) }],
    ['a step of 0', 'Slice', map, {}, { s: int64([0]), e: int64([1]), a: int64([0]), t: int64([0]) }],
    ['lists of different lengths', 'Slice', map, {}, { s: int64([0, 0]), e: int64([1]), a: int64([0, 1]) }],
    ['sizes that do not add up', 'Split', map, { axis: 1 }, { s: int64([3]) }],
    ['an index out of range', 'Gather', map, { axis: 1 }, { i: int64([2]) }],
    ['dims that do not broadcast', 'Add', map, {}, { b: float32([3, 1, 1]) }],
    ['operands of two types', 'Add', map, {}, { b: int64([1]) }],
    ['matrices that do not fit', 'MatMul', map, {}, { b: float32([4, 3]) }],
    [
      'parameters of the wrong length',
      'BatchNormalization',
      map,
      {},
      { a: float32([2]), b: float32([2]), m: float32([3]), v: float32([2]) },
    ],
    ['pads that remove more than there is', 'Pad', map, {}, { p: int64([0, 0, -6, 0, 0, 0, 0, 0]) }],
    ['a reflection beyond the map', 'Pad', map, { mode: 'reflect' }, { p: int64([0, 0, 5, 0, 0, 0, 0, 0]) }],
    ['a value of another type', 'Pad', map, {}, { p: int64([0, 0, 1, 0, 0, 0, 0, 0]), v: int64([1]) }],
    ['two values', 'Pad', map, {}, { p: int64([0, 0, 1, 0, 0, 0, 0, 0]), v: float32([2]) }],
    ['repeats of the wrong length', 'Tile', map, {}, { r: int64([2]) }],
    ['a block that does not divide', 'DepthToSpace', map, { blocksize: 2 }, {}],
    ['a k beyond the axis', 'TopK', map, {}, { k: int64([6]) }],
  ])('with %s: %s', async (_what, opType, dims, attributes, constants) => {
    const outputs = opType === 'TopK' ? ['y', 'i'] : ['y'];
    const bytes = subject(opType, dims, attributes, constants, outputs);
    await expect(InferenceSession.create(bytes)).rejects.toThrow(at(/^ERR_INVALID_/));
  });

  it.each<[string, string, readonly number[], Record<string, Tensor>]>([
    ['Expand', 'Expand', [1], { s: int64([2 ** 20, 2 ** 20]) }],
    ['Tile', 'Tile', [2], { r: int64([2 ** 40]) }],
    ['Resize', 'Resize', map, { r: float32([0]), s: float32([4], [1, 1, 1e6, 1e6]) }],
    ['Pad', 'Pad', [1], { p: int64([2 ** 40, 0]) }],
    ['Pad of channels', 'Pad', [1, 1, 1, 1], { p: int64([0, 2 ** 40, 0, 0, 0, 0, 0, 0]) }],
  ])('that would take too much memory: %s', async (_what, opType, dims, constants) => {
    await expect(attempt(opType, dims, {}, constants)).rejects.toThrow(at('ERR_LIMIT_EXCEEDED'));
  });

  it('that would make a border of more values than an array has', async () => {
    const bytes = subject('Pad', [1, 1, 2 ** 17, 2 ** 16], {}, { p: int64([0, 1, 0, 0, 0, 0, 0, 0]) });
    await expect(InferenceSession.create(bytes)).rejects.toThrow(worded('ERR_LIMIT_EXCEEDED'));
  });

  it('in a run alone where only a table of all places would be too large before it', async () => {
    const bytes = subject('Pad', [2 ** 32 - 1], {}, { p: int64([1, 0]) });
    await using session = await InferenceSession.create(bytes);
    await expect(session.run({ x: float32([1]) })).rejects.toThrow(worded('ERR_INVALID_SHAPE'));
  });

  it('of integers before they could be padded', async () => {
    const bytes = model({
      nodes: [node('Pad', ['k'], ['y'], { pads: [1, 1] }, 'subject')],
      outputs: [valueInfo('y', 'int64', [4])],
      constants: { k: int64([5, 6]) },
      opset: 10,
    });
    await expect(InferenceSession.create(bytes)).rejects.toThrow(at('ERR_INVALID_TYPE'));
  });

  it('that would exceed the rank', async () => {
    const axes = int64(Array.from({ length: 8 }, (_, i) => i));
    await expect(attempt('Unsqueeze', [2], {}, { axes })).rejects.toThrow(at('ERR_LIMIT_EXCEEDED'));
  });
});

describe('folding is refused', () => {
  const bomb = (nodes: ReturnType<typeof node>[], constants: Record<string, Tensor>) =>
    model({
      nodes: [...nodes, node('Add', ['x', 'big'], ['y'])],
      ...io({ x: [1] }, { y: ['n'] }),
      constants,
    });

  it('of one constant beyond the limit', async () => {
    const bytes = bomb([node('ConstantOfShape', ['s'], ['big'], {}, 'bomb')], { s: int64([2 ** 31]) });
    const refused = code('ERR_LIMIT_EXCEEDED', { nodeName: 'bomb' });
    await expect(InferenceSession.create(bytes)).rejects.toThrow(refused);
  });

  it('of many constants that exceed it together', async () => {
    const count = 20;
    const nodes = Array.from({ length: count }, (_, i) => node('ConstantOfShape', ['s'], [`c${i}`]));
    const sum = node(
      'Sum',
      Array.from({ length: count }, (_, i) => `c${i}`),
      ['big'],
    );
    const bytes = bomb([...nodes, sum], { s: int64([1000]) });
    const options = { limits: { maxFoldedBytes: 50_000 } };
    await expect(InferenceSession.create(bytes, options)).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
  });

  it('of integers raised to a huge power: these wrap around', async () => {
    const bytes = model({
      nodes: [node('Pow', ['a', 'b'], ['y'])],
      outputs: [valueInfo('y', 'int64', [2])],
      constants: { a: int64([3, 2]), b: int64([2 ** 50, 2 ** 50]) },
    });
    const { y } = await runModel(bytes);
    expect(y!.data[1]).toBe(0n);
  });
});

describe('a run is refused', () => {
  it('beyond the limit of its memory', async () => {
    const dims = [1, 64, 64, 64];
    const refused = runModel(
      subject('Relu', dims),
      { x: float32(dims) },
      { limits: { maxRunBytes: 100_000 } },
    );
    await expect(refused).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
  });

  it('when a computed shape does not fit', async () => {
    const bytes = model({
      nodes: [
        node('ArgMax', ['x'], ['i'], { keepdims: 0 }),
        node('Reshape', ['x', 'i'], ['y'], {}, 'subject'),
      ],
      ...io({ x: [2, 1025] }, { y: ['n'] }),
    });
    await using session = await InferenceSession.create(bytes);
    const x = float32([2, 1025]);
    x.data[7] = 1;
    await expect(session.run({ x })).rejects.toThrow(at('ERR_INVALID_SHAPE'));
  });

  it('when an index that is fed lies outside', async () => {
    const bytes = model({
      nodes: [node('Gather', ['x', 'i'], ['y'], {}, 'subject')],
      inputs: [valueInfo('x', 'float32', [3]), valueInfo('i', 'int64', [1])],
      outputs: [valueInfo('y', 'float32', [1])],
    });
    await using session = await InferenceSession.create(bytes);
    const feeds = { x: float32([3]), i: int64([7]) };
    await expect(session.run(feeds)).rejects.toThrow(at('ERR_INVALID_MODEL'));
  });
});
