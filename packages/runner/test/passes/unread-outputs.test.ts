import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { firstDifference } from '../support/compare.ts';
import {
  float32,
  int64,
  type Message,
  type ModelParts,
  model,
  node,
  random,
  valueInfo,
} from '../support/onnx.ts';

const x = random([2, 4, 5, 5], 1);
const constants = {
  w: random([3, 2, 3, 3], 2),
  full: random([3, 4, 3, 3], 3),
  pads: int64([0, 0, 1, 1, 0, 0, 1, 1]),
  k: int64([2]),
  g: float32([4], [1, 2, 3, 4]),
  b: float32([4], [0, 1, 0, -1]),
  v: float32([4], [1, 1, 2, 2]),
};

/** Every output alone must be what it is among all. */
async function expectSameAlone(
  parts: Omit<ModelParts, 'outputs' | 'inputs'>,
  names: string[],
): Promise<void> {
  const bytes = model({
    constants,
    ...parts,
    inputs: [valueInfo('x', 'float32', [2, 4, 5, 5])],
    outputs: names.map((name) => ({ name, type: { tensorType: { elemType: 1 } } })),
  });
  await using session = await InferenceSession.create(bytes);
  const all = await session.run({ x });
  for (const name of names) {
    const alone = await session.run({ x }, [name]);
    expect(Object.keys(alone)).toEqual([name]);
    expect(firstDifference(alone[name]!, all[name]!), name).toBeUndefined();
  }
}

describe('two convolutions of one map that are added', () => {
  it('keep their weights apart, whichever of them adds', async () => {
    // Fetched with one of them, the sum is the other's; alone, it is the later one's: see fuse-addition.ts.
    const nodes = [
      node('Conv', ['x', 'full'], ['first']),
      node('Conv', ['x', 'other'], ['second']),
      node('Add', ['second', 'first'], ['sum']),
    ];
    await expectSameAlone({ nodes, constants: { ...constants, other: random([3, 4, 3, 3], 4) } }, [
      'sum',
      'second',
    ]);
    await expectSameAlone({ nodes, constants: { ...constants, other: random([3, 4, 3, 3], 4) } }, [
      'sum',
      'first',
    ]);
  });
});

describe('an output that nothing reads', () => {
  const split = node('Split', ['x'], ['left', 'right'], { axis: 1 });

  it.each<[string, (input: string, output: string) => Message[]]>([
    ['Conv', (input, output) => [node('Conv', [input, 'w'], [output])]],
    [
      'Pad and Conv',
      (input, output) => [
        node('Pad', [input, 'pads'], [`${output}p`]),
        node('Conv', [`${output}p`, 'w'], [output]),
      ],
    ],
    ['Relu', (input, output) => [node('Relu', [input], [output])]],
    ['Add', (input, output) => [node('Add', [input, input], [output])]],
    ['Identity', (input, output) => [node('Identity', [input], [output])]],
    ['Concat', (input, output) => [node('Concat', [input, input], [output], { axis: 1 })]],
    ['Softmax', (input, output) => [node('Softmax', [input], [output], { axis: 1 })]],
  ])('of a Split leaves %s after the other as it is', async (_, head) => {
    await expectSameAlone({ nodes: [split, ...head('left', 'y'), ...head('right', 'z')] }, ['y', 'z']);
  });

  it.each<[string, Message, Message[], string[]]>([
    [
      'TopK',
      node('TopK', ['x', 'k'], ['t', 'i'], { axis: 1 }),
      [node('Cast', ['i'], ['z'], { to: 1 }), node('Conv', ['t', 'w'], ['y'])],
      ['y', 'z'],
    ],
    [
      'Dropout',
      node('Dropout', ['x'], ['d', 'mask']),
      [node('Cast', ['mask'], ['z'], { to: 1 }), node('Conv', ['d', 'full'], ['y'])],
      ['y', 'z'],
    ],
    [
      'BatchNormalization',
      node('BatchNormalization', ['x', 'g', 'b', 'b', 'v'], ['n', 'mean', 'variance'], { training_mode: 1 }),
      [node('Relu', ['n'], ['r']), node('Conv', ['r', 'full'], ['y']), node('Neg', ['mean'], ['z'])],
      ['y', 'z', 'variance'],
    ],
  ])('of %s', async (_, first, rest, names) => {
    await expectSameAlone({ nodes: [first, ...rest] }, names);
  });
});
