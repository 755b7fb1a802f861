import { encode } from '@zeroskip/onnx';
import { describe, expect, it } from 'vitest';
import { InferenceSession, type Value } from '../../../src/index.ts';
import {
  float32,
  graphProto,
  int64,
  type Message,
  model,
  modelProto,
  node,
  valueInfo,
} from '../../support/onnx.ts';
import { code } from '../../support/refusal.ts';

const scalar = (value: number) => int64([value], []);
const tensors = [float32([2], [1, 2]), float32([1], [3]), float32([0], [])];
const elemType = valueInfo('', 'float32', ['N']).type;
const sequence = (name: string): Message => ({ name, type: { sequenceType: { elemType } } });
const optional = (name: string): Message => ({ name, type: { optionalType: { elemType } } });

interface Case {
  readonly nodes: readonly Message[];
  readonly inputs?: readonly Message[];
  readonly feeds?: Readonly<Record<string, Value>>;
  readonly output?: Message;
}

async function answer({
  nodes,
  inputs = [sequence('s')],
  feeds = { s: tensors },
  output = { name: 'y' },
}: Case) {
  const constants = { at: scalar(1), last: scalar(-1), new: float32([1], [9]) };
  const parts = { nodes, inputs, outputs: [output], constants };
  await using session = await InferenceSession.create(encode('ModelProto', modelProto(parts)));
  const { y } = await session.run<Value>(feeds);
  return plain(y!);
}

const plain = (value: Value): unknown =>
  value && ('dims' in value ? Array.from(value.data, Number) : value.map(plain));

describe('sequences', () => {
  it.each<[string, Message[], unknown]>([
    ['are passed on', [node('Identity', ['s'], ['y'])], [[1, 2], [3], []]],
    ['have a length', [node('SequenceLength', ['s'], ['y'])], [3]],
    ['give a tensor', [node('SequenceAt', ['s', 'at'], ['y'])], [3]],
    ['give one from the end', [node('SequenceAt', ['s', 'last'], ['y'])], []],
    ['take a tensor at the end', [node('SequenceInsert', ['s', 'new'], ['y'])], [[1, 2], [3], [], [9]]],
    ['take one in between', [node('SequenceInsert', ['s', 'new', 'last'], ['y'])], [[1, 2], [3], [9], []]],
    ['lose the last tensor', [node('SequenceErase', ['s'], ['y'])], [[1, 2], [3]]],
    ['lose another', [node('SequenceErase', ['s', 'at'], ['y'])], [[1, 2], []]],
    ['become a tensor', [node('ConcatFromSequence', ['s'], ['y'], { axis: 0 })], [1, 2, 3]],
    ['are filled', [node('SequenceEmpty', [], ['e']), node('SequenceInsert', ['e', 'new'], ['y'])], [[9]]],
    [
      'are made of tensors, and stacked',
      [
        node('SequenceConstruct', ['new', 'new'], ['p']),
        node('ConcatFromSequence', ['p'], ['y'], { axis: 1, new_axis: 1 }),
      ],
      [9, 9],
    ],
    [
      'are what a tensor is split to',
      [node('ConcatFromSequence', ['s'], ['t'], { axis: 0 }), node('SplitToSequence', ['t', 'at'], ['y'])],
      [[1], [2], [3]],
    ],
    [
      'are computed with',
      [
        node('SequenceAt', ['s', 'at'], ['t']),
        node('Neg', ['t'], ['n']),
        node('SequenceInsert', ['s', 'n'], ['y']),
      ],
      [[1, 2], [3], [], [-3]],
    ],
    [
      'are mapped',
      [
        node('SequenceMap', ['s', 'new'], ['y'], {
          body: {
            graph: graphProto({
              nodes: [node('Add', ['a', 'b'], ['c'])],
              inputs: [valueInfo('a', 'float32', ['N']), valueInfo('b', 'float32', ['N'])],
              outputs: [{ name: 'c' }],
            }),
          },
        }),
      ],
      [[10, 11], [12], []],
    ],
  ])('%s', async (_what, nodes, expected) => {
    expect(await answer({ nodes })).toEqual(expected);
  });

  it.each([
    ['pieces of one', ['x']],
    ['pieces of a size', ['x', 'at']],
  ])('are refused where an empty tensor has too many %s', async (_what, inputs) => {
    const x = float32([0, 2 ** 33], []);
    const nodes = [node('SplitToSequence', inputs, ['y'], { axis: 1 })];
    const given = { nodes, inputs: [valueInfo('x', 'float32', ['M', 'N'])], feeds: { x } };
    expect(await answer(given).catch((error) => error.code)).toBe('ERR_LIMIT_EXCEEDED');
  });

  it('are carried through loops and branches', async () => {
    const branch = (nodes: Message[], name: string) => ({
      graph: graphProto({ nodes, outputs: [{ name }] }),
    });
    const body = graphProto({
      nodes: [
        node('Cast', ['i'], ['f'], { to: 1 }),
        node('Greater', ['f', 'half'], ['late']),
        node('If', ['late'], ['next'], {
          then_branch: branch([node('SequenceInsert', ['v', 'f'], ['p'])], 'p'),
          else_branch: branch([node('Identity', ['v'], ['p'])], 'p'),
        }),
        node('Identity', ['go'], ['same']),
      ],
      inputs: [valueInfo('i', 'int64', []), valueInfo('go', 'bool', []), sequence('v')],
      outputs: [{ name: 'same' }, sequence('next')],
      constants: { half: float32([], [0.5]), trips: scalar(4) },
    });
    const loop = node('Loop', ['trips', '', 'e'], ['y'], { body: { graph: body } });
    const nodes = [node('SequenceEmpty', [], ['e']), node('Add', ['at', 'count'], ['trips']), loop];
    const inputs = [valueInfo('count', 'int64', [])];
    expect(await answer({ nodes, inputs, feeds: { count: scalar(3) } })).toEqual([[1], [2], [3]]);
  });

  it.each<[string, Message[], Value, string]>([
    ['a tensor', [node('SequenceLength', ['s'], ['y'])], float32([1]), 'ERR_INVALID_TYPE'],
    ['tensors of another type', [node('SequenceLength', ['s'], ['y'])], [int64([1])], 'ERR_INVALID_TYPE'],
    ['too few tensors', [node('SequenceAt', ['s', 'at'], ['y'])], [], 'ERR_INVALID_MODEL'],
    ['what a tensor is needed for', [node('Neg', ['s'], ['y'])], tensors, 'ERR_INVALID_TYPE'],
    [
      'unlike dims',
      [node('ConcatFromSequence', ['s'], ['y'], { axis: 0, new_axis: 1 })],
      tensors,
      'ERR_INVALID_SHAPE',
    ],
  ])('are refused with %s', async (_what, nodes, s, expected) => {
    await expect(answer({ nodes, feeds: { s } })).rejects.toThrow(code(expected));
  });

  it('of more bytes than a value may have are refused', async () => {
    const nodes = [node('SequenceInsert', ['s', 'x'], ['y'])];
    const inputs = [sequence('s'), valueInfo('x', 'float32', ['N'])];
    const bytes = model({ nodes, inputs, outputs: [{ name: 'y' }] });
    await using session = await InferenceSession.create(bytes, { limits: { maxRunBytes: 256 } });
    const run = (length: number) => session.run({ s: [float32([32])], x: float32([length]) });
    await expect(run(33)).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
    expect((await run(32)).y).toHaveLength(2);
  });

  it('are told from tensors by a session', async () => {
    const nodes = [node('Identity', ['s'], ['y'])];
    const bytes = model({ nodes, inputs: [sequence('s')], outputs: [sequence('y')] });
    await using session = await InferenceSession.create(bytes);
    const metadata = { isTensor: false, form: 'sequence', type: 'float32' };
    expect(session.inputMetadata).toMatchObject([{ name: 's', ...metadata }]);
    expect(session.outputMetadata).toMatchObject([{ name: 'y', ...metadata }]);
    const { y } = await session.run<Value>({ s: tensors });
    expect((y as typeof tensors)[0]!.data.buffer).not.toBe(tensors[0]!.data.buffer);
  });
});

describe('optionals', () => {
  const x = float32([1], [4]);
  it.each<[string, Message[], Value, unknown]>([
    ['hold a value', [node('OptionalHasElement', ['o'], ['y'])], x, [1]],
    ['hold none', [node('OptionalHasElement', ['o'], ['y'])], null, [0]],
    ['give their value', [node('OptionalGetElement', ['o'], ['g']), node('Neg', ['g'], ['y'])], x, [-4]],
    [
      'are made of a value',
      [node('OptionalGetElement', ['o'], ['g']), node('Optional', ['g'], ['y'])],
      x,
      [4],
    ],
    ['are made of none', [node('Optional', [], ['y'], { type: 'float' })], x, null],
  ])('%s', async (_what, nodes, o, expected) => {
    expect(await answer({ nodes, inputs: [optional('o')], feeds: { o } })).toEqual(expected);
  });

  it('without a value give none', async () => {
    const nodes = [node('OptionalGetElement', ['o'], ['y'])];
    await expect(answer({ nodes, inputs: [optional('o')], feeds: { o: null } })).rejects.toThrow(
      code('ERR_INVALID_MODEL'),
    );
  });
});
