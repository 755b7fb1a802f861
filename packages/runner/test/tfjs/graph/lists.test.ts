import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import {
  b,
  type GraphWeight,
  listI,
  loadGraph,
  op,
  placeholder,
  s,
  scalar,
  texts,
  type,
  vector,
} from '../graph-model.ts';
import type { Json } from '../layers-model.ts';

const x = new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
const floats = { element_dtype: type('DT_FLOAT') };
const array = { dtype: type('DT_FLOAT'), element_shape: { shape: { dim: [{ size: '2' }] } } };

const weights: Record<string, GraphWeight> = {
  two: vector(2),
  open: scalar(-1),
  zero: scalar(0),
  one: scalar(1),
  three: scalar(3),
  five: scalar(5),
  lengths: vector(1, 2),
  order: vector(2, 0),
  places: vector(2, 0, 1),
  row: { shape: [2], values: [7, 8] },
  words: texts('a', 'bb'),
};
const list = op('l', 'TensorListFromTensor', ['x', 'two'], floats);
const stack = (input: string) => op('y', 'TensorListStack', [input, 'two'], floats);
const made = op('a', 'TensorArrayV3', ['three'], array);
const filled = op('f', 'TensorArrayScatterV3', ['a', 'places', 'x', 'a:1'], { T: type('DT_FLOAT') });

async function run(nodes: readonly Json[], output = 'y'): Promise<Tensor> {
  await using session = await loadGraph(
    { nodes: [placeholder('x', [3, 2]), ...nodes], weights },
    { outputs: [output] },
  );
  return (await session.run({ x }))[output]!;
}

describe('a list of tensors', () => {
  it.each<[string, Json[], number[], number[]]>([
    ['of a tensor', [list, stack('l')], [1, 2, 3, 4, 5, 6], [3, 2]],
    [
      'of a tensor, one of them',
      [list, op('y', 'TensorListGetItem', ['l', 'one', 'two'], floats)],
      [3, 4],
      [2],
    ],
    [
      'with another tensor',
      [list, op('m', 'TensorListSetItem', ['l', 'one', 'row'], floats), stack('m')],
      [1, 2, 7, 8, 5, 6],
      [3, 2],
    ],
    [
      'with one more',
      [list, op('m', 'TensorListPushBack', ['l', 'row'], floats), stack('m')],
      [1, 2, 3, 4, 5, 6, 7, 8],
      [4, 2],
    ],
    [
      'with one less',
      [list, op('m', 'TensorListPopBack', ['l', 'two'], floats), stack('m')],
      [1, 2, 3, 4],
      [2, 2],
    ],
    ['that was cut off', [list, op('m', 'TensorListResize', ['l', 'one']), stack('m')], [1, 2], [1, 2]],
    [
      'by length',
      [
        op('l', 'TensorListSplit', ['x', 'two', 'lengths'], floats),
        op('y', 'TensorListGetItem', ['l', 'one', 'two']),
      ],
      [3, 4, 5, 6],
      [2, 2],
    ],
    ['by order', [list, op('y', 'TensorListGather', ['l', 'order', 'two'], floats)], [5, 6, 1, 2], [2, 2]],
    [
      'of places',
      [op('l', 'TensorListScatterV2', ['x', 'places', 'two', 'five'], floats), stack('l')],
      [3, 4, 5, 6, 1, 2, 0, 0, 0, 0],
      [5, 2],
    ],
    [
      'of places, as many as these ask for',
      [op('l', 'TensorListScatter', ['x', 'places', 'two'], floats), stack('l')],
      [3, 4, 5, 6, 1, 2],
      [3, 2],
    ],
    [
      'one behind the other',
      [list, op('y', 'TensorListConcatV2', ['l', 'two', 'two'], floats)],
      [1, 2, 3, 4, 5, 6],
      [6],
    ],
    ['that is empty', [op('l', 'EmptyTensorList', ['two', 'three'], floats), stack('l')], [], [0, 2]],
    ['that is reserved', [op('l', 'TensorListReserve', ['two', 'one'], floats), stack('l')], [0, 0], [1, 2]],
    [
      'as an array',
      [made, filled, op('y', 'TensorArrayGatherV3', ['a', 'order', 'f'], array)],
      [1, 2, 3, 4],
      [2, 2],
    ],
    [
      'as an array, one of them',
      [made, filled, op('y', 'TensorArrayReadV3', ['a', 'one', 'f'])],
      [5, 6],
      [2],
    ],
    [
      'as an array, written',
      [
        made,
        op('w', 'TensorArrayWriteV3', ['a', 'one', 'row', 'a:1']),
        op('y', 'TensorArrayGatherV3', ['a', 'places', 'w'], array),
      ],
      [0, 0, 0, 0, 7, 8],
      [3, 2],
    ],
    [
      'as an array, one behind the other',
      [made, filled, op('y', 'TensorArrayConcatV3', ['a', 'f'])],
      [3, 4, 5, 6, 1, 2],
      [6],
    ],
    [
      'as an array by length',
      [
        made,
        op('f', 'TensorArraySplitV3', ['a', 'x', 'lengths', 'a:1']),
        op('y', 'TensorArrayReadV3', ['a', 'zero', 'f']),
      ],
      [1, 2],
      [1, 2],
    ],
    [
      'as an array that grows',
      [
        op('a', 'TensorArrayV3', ['zero'], { ...array, dynamic_size: b(true) }),
        op('w', 'TensorArrayWriteV3', ['a', 'zero', 'row', 'a:1']),
        op('y', 'TensorArrayReadV3', ['a', 'zero', 'w']),
      ],
      [7, 8],
      [2],
    ],
  ])('%s', async (_what, nodes, expected, dims) => {
    const out = await run(nodes);
    expect(out.dims).toEqual(dims);
    expect([...out.data]).toEqual(expected);
  });

  it.each<[string, Json[], number]>([
    ['a list', [list, op('y', 'TensorListLength', ['l'])], 3],
    [
      'one that was filled up',
      [list, op('m', 'TensorListResize', ['l', 'five']), op('y', 'TensorListLength', ['m'])],
      5,
    ],
    ['an array', [made, op('y', 'TensorArraySizeV3', ['a', 'a:1'])], 3],
  ])('has a length: %s', async (_what, nodes, length) => {
    expect([...(await run(nodes)).data]).toEqual([length]);
  });

  const lists = (kind: string, dtype: string, read: Json) => [
    op('l', 'TensorListReserve', ['open', 'three'], { element_dtype: type(dtype) }),
    op(kind, 'TensorListSetItem', ['l', 'zero', 'words'], {}),
    read,
  ];
  it.each<[string, Json[], string, RegExp]>([
    [
      'a tensor in its place',
      [op('y', 'TensorListStack', ['x', 'two'], floats)],
      'ERR_INVALID_TYPE',
      /a list of tensors for input 0/,
    ],
    [
      'it in the place of a tensor',
      [list, op('y', 'Neg', ['l'])],
      'ERR_INVALID_TYPE',
      /a tensor of numbers for input 0/,
    ],
    [
      'strings in one of numbers',
      lists('y', 'DT_FLOAT', op('z', 'Neg', ['x'])),
      'ERR_INVALID_TYPE',
      /a tensor of numbers for input 2/,
    ],
    [
      'it as an output',
      [op('y', 'TensorListFromTensor', ['x', 'two'], floats)],
      'ERR_UNSUPPORTED_TYPE',
      /a tensor for output "y"/,
    ],
  ])('refuses %s', async (_what, nodes, code, message) => {
    await expect(run(nodes)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it.each<[string, Json[], RegExp]>([
    [
      'an index behind its end',
      [list, op('y', 'TensorListGetItem', ['l', 'five', 'two'], floats)],
      /a place from/,
    ],
    [
      'a tensor of another type',
      [
        list,
        op('i', 'Cast', ['row'], { DstT: type('DT_INT32') }),
        op('m', 'TensorListSetItem', ['l', 'one', 'i']),
        stack('m'),
      ],
      /float32/,
    ],
  ])('refuses %s when it runs', async (_what, nodes, message) => {
    await expect(run(nodes)).rejects.toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^ERR_/),
        message: expect.stringMatching(message),
      }),
    );
  });

  it('goes through a loop, with strings in it', async () => {
    const frame = { frame_name: s('f') };
    const entered = (name: string, input: string) => op(name, 'Enter', [input], frame);
    const nodes = [
      op('made', 'TensorListReserve', ['open', 'three'], { element_dtype: type('DT_STRING') }),
      entered('e1', 'zero'),
      entered('e2', 'made'),
      op('m1', 'Merge', ['e1', 'n1']),
      op('m2', 'Merge', ['e2', 'n2']),
      op('less', 'Less', ['m1', 'three']),
      op('goes', 'LoopCond', ['less']),
      op('s1', 'Switch', ['m1', 'goes']),
      op('s2', 'Switch', ['m2', 'goes']),
      op('more', 'AddV2', ['s1:1', 'one']),
      op('set', 'TensorListSetItem', ['s2:1', 's1:1', 'words'], { element_dtype: type('DT_STRING') }),
      op('n1', 'NextIteration', ['more']),
      op('n2', 'NextIteration', ['set']),
      op('left', 'Exit', ['s2']),
      op('y', 'TensorListStack', ['left', 'two'], { element_dtype: type('DT_STRING'), N: listI(3) }),
    ];
    const out = await run(nodes);
    expect(out.dims).toEqual([3, 2, 2]);
    expect(Buffer.from(out.data as Uint8Array).toString()).toBe('a\0bb'.repeat(3));
  });
});
