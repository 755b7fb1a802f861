import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../src/index.ts';
import {
  encode,
  float32,
  innerGraph,
  int64,
  type Message,
  type ModelParts,
  model,
  modelProto,
  node,
  tensorProto,
  valueInfo,
} from './onnx.ts';

const x = valueInfo('x', 'float32', [1, 2]);
const y = valueInfo('y', 'float32', [1, 2]);
const code = (name: string, details: object = {}) => expect.objectContaining({ code: name, ...details });
const feed = { x: float32([1, 2], [-1, 3]) };

async function answer(model: Uint8Array, feeds: Readonly<Record<string, Tensor>> = feed) {
  await using session = await InferenceSession.create(model);
  const results = await session.run(feeds);
  return Array.from(results[session.outputNames[0]!]!.data, Number);
}

/** The model of `parts` with its message changed. */
function changed(parts: ModelParts, change: (message: { graph: Message } & Message) => void): Uint8Array {
  const message = modelProto(parts) as { graph: Message } & Message;
  change(message);
  return encode('ModelProto', message);
}

const relu: ModelParts = { nodes: [node('Relu', ['x'], ['y'])], inputs: [x], outputs: [y] };

describe('what exporters write', () => {
  it('an output without a type has that which follows', async () => {
    const bytes = model({ ...relu, outputs: [{ name: 'y' }] });
    await using session = await InferenceSession.create(bytes);
    expect(session.outputMetadata).toEqual([{ name: 'y', isTensor: true, type: 'float32', shape: [1, 2] }]);
    expect(await answer(bytes)).toEqual([0, 3]);
  });

  it('an output without a type has that of its entry among the values, or none', async () => {
    const open: ModelParts = {
      ...relu,
      inputs: [valueInfo('x', 'float32', ['N', 2])],
      outputs: [{ name: 'y' }],
    };
    const described = changed(open, ({ graph }) => Object.assign(graph, { valueInfo: [y] }));
    await using session = await InferenceSession.create(described);
    expect(session.outputMetadata[0]).toMatchObject({ type: 'float32', shape: [1, 2] });
    await using other = await InferenceSession.create(model(open));
    expect(other.outputMetadata[0]).toMatchObject({ type: undefined, shape: [] });
    expect(await answer(model(open))).toEqual([0, 3]);
  });

  it('-1 for an open dim', async () => {
    const input = {
      name: 'x',
      type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: -1 }, { dimValue: 2 }] } } },
    };
    await using session = await InferenceSession.create(model({ ...relu, inputs: [input] }));
    expect(session.inputMetadata[0]!.shape).toEqual(['', 2]);
    expect((await session.run({ x: float32([3, 2]) })).y!.dims).toEqual([3, 2]);
  });

  it('one output twice', async () => {
    await using session = await InferenceSession.create(model({ ...relu, outputs: [y, y] }));
    expect(session.outputNames).toEqual(['y', 'y']);
    expect([...(await session.run(feed)).y!.data]).toEqual([0, 3]);
  });

  it.each([
    ['ai.onnx', [{ domain: 'ai.onnx', version: 17 }]],
    [
      'both names',
      [
        { domain: '', version: 17 },
        { domain: 'ai.onnx', version: 17 },
      ],
    ],
    ['one name twice', [{ version: 17 }, { version: 17 }]],
  ])('the default domain under %s', async (_what, opsetImport) => {
    expect(await answer(changed(relu, (message) => Object.assign(message, { opsetImport })))).toEqual([0, 3]);
  });

  it('an initializer twice, of which the last counts', async () => {
    const sum = { ...relu, nodes: [node('Add', ['x', 'k'], ['y'])] };
    const initializer = [1, 5].map((value) => tensorProto('k', float32([1], [value])));
    expect(await answer(changed(sum, ({ graph }) => Object.assign(graph, { initializer })))).toEqual([4, 8]);
  });

  it('an initializer that is an input, whose feed is not read', async () => {
    const k = valueInfo('k', 'float32', [1]);
    const bytes = model({
      ...relu,
      nodes: [node('Add', ['x', 'k'], ['y'])],
      inputs: [x, k],
      constants: { k: float32([1], [5]) },
    });
    expect(await answer(bytes, { ...feed, k: float32([1], [100]) })).toEqual([4, 8]);
  });
});

/** y = LeakyRelu(x; a), as a function whose attribute a is 0.5 unless given. */
const leaky: Message = {
  name: 'Leaky',
  domain: 'local',
  input: ['a'],
  output: ['b'],
  attributeProto: [{ name: 'slope', type: 1, f: 0.5 }],
  node: [
    node('Identity', ['a'], ['t']),
    node('LeakyRelu', ['t'], ['b'], { alpha: { reference: 'slope', type: 1 } }),
  ],
  opsetImport: [{ domain: '', version: 17 }],
};
const call = (opType: string, input: string, output: string, attributes = {}) => ({
  ...node(opType, [input], [output], attributes),
  domain: 'local',
});
const calls = (nodes: readonly Message[], ...functions: Message[]) => model({ ...relu, nodes, functions });

describe("a model's own functions", () => {
  it('are called with attributes, or their defaults', async () => {
    expect(await answer(calls([call('Leaky', 'x', 'y')], leaky))).toEqual([-0.5, 3]);
    expect(await answer(calls([call('Leaky', 'x', 'y', { slope: { float: 2 } })], leaky))).toEqual([-2, 3]);
  });

  it('may be called several times, and inside each other', async () => {
    const twice = {
      ...leaky,
      name: 'Twice',
      node: [call('Leaky', 'a', 't'), call('Leaky', 't', 'b', { slope: { reference: 'slope', type: 1 } })],
    };
    expect(await answer(calls([call('Twice', 'x', 't'), call('Leaky', 't', 'y')], leaky, twice))).toEqual([
      -0.125, 3,
    ]);
  });

  it('may pass an input on, and leave optional inputs out', async () => {
    const pass = { ...leaky, name: 'Pass', input: ['a', 'c'], output: ['a'], node: [] };
    expect(await answer(calls([call('Pass', 'x', 'y')], pass))).toEqual([-1, 3]);
  });

  it('may hold graphs that read their values', async () => {
    const branch = innerGraph([node('Neg', ['t'], ['u'])], ['u']);
    const inside = {
      ...leaky,
      name: 'Inside',
      node: [
        node('Constant', [], ['c'], { value: new Tensor('bool', [true], []) }),
        node('Neg', ['a'], ['t']),
        node('If', ['c'], ['b'], { then_branch: { graph: branch }, else_branch: { graph: branch } }),
      ],
    };
    expect(await answer(calls([call('Inside', 'x', 'y')], inside))).toEqual([-1, 3]);
  });

  it('may not call themselves, nor take more than they declare', async () => {
    const self = { ...leaky, name: 'Self', node: [call('Self', 'a', 'b')] };
    const limit = code('ERR_LIMIT_EXCEEDED');
    await expect(InferenceSession.create(calls([call('Self', 'x', 'y')], self))).rejects.toThrow(limit);
    const many = { ...call('Leaky', 'x', 'y'), input: ['x', 'x'] };
    await expect(InferenceSession.create(calls([many], leaky))).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('count their nodes each time', async () => {
    let functions = [leaky];
    for (let level = 0; level < 10; level++) {
      const inner = functions.at(-1)!.name as string;
      const name = `F${level}`;
      const body = [
        call(inner, 'a', 't0'),
        ...Array.from({ length: 9 }, (_, i) => call(inner, `t${i}`, i === 8 ? 'b' : `t${i + 1}`)),
      ];
      functions = [...functions, { ...leaky, name, node: body }];
    }
    const limit = code('ERR_LIMIT_EXCEEDED');
    await expect(InferenceSession.create(calls([call('F9', 'x', 'y')], ...functions))).rejects.toThrow(limit);
  });
});

function choose(condition: readonly Message[], parts: Partial<ModelParts> = {}): Uint8Array {
  const then = innerGraph([node('Add', ['x', 'k'], ['sum'])], ['sum'], { k: float32([1], [10]) });
  const otherwise = innerGraph([node('Neg', ['x'], ['negative'])], ['negative']);
  const branches = { then_branch: { graph: then }, else_branch: { graph: otherwise } };
  return model({ ...relu, nodes: [...condition, node('If', ['c'], ['y'], branches, 'choice')], ...parts });
}

describe('If', () => {
  it.each([
    [true, [9, 13]],
    [false, [1, -3]],
  ])('with the condition %s stands for that branch', async (condition, expected) => {
    const constant = node('Constant', [], ['c'], { value: new Tensor('bool', [condition], []) });
    expect(await answer(choose([constant]))).toEqual(expected);
  });

  it('takes its condition from dims', async () => {
    const condition = [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'first'], ['rows']),
      node('Equal', ['rows', 'one'], ['c']),
    ];
    const constants = { first: int64([0], []), one: int64([1], []) };
    const bytes = choose(condition, { inputs: [valueInfo('x', 'float32', ['N', 2])], constants });
    expect(await answer(bytes)).toEqual([9, 13]);
    expect(await answer(bytes, { x: float32([2, 2], [1, 2, 3, 4]) })).toEqual([-1, -2, -3, -4]);
  });

  it('takes its condition from the value of an input', async () => {
    const inputs = [x, valueInfo('rate', 'int64', [])];
    const bytes = choose([node('Equal', ['rate', 'k'], ['c'])], {
      inputs,
      constants: { k: int64([16000], []) },
    });
    await using session = await InferenceSession.create(bytes);
    const run = async (rate: number) => [
      ...(await session.run({ ...feed, rate: int64([rate], []) })).y!.data,
    ];
    expect([await run(16000), await run(8000)]).toEqual([
      [9, 13],
      [1, -3],
    ]);
  });

  it('may stand in a branch of another, pass values on and give several outputs', async () => {
    const constant = node('Constant', [], ['c'], { value: new Tensor('bool', [true], []) });
    const inner = innerGraph([node('Neg', ['x'], ['n'])], ['n', 'x']);
    const both = { then_branch: { graph: inner }, else_branch: { graph: inner } };
    const outer = innerGraph([node('If', ['c'], ['p', 'q'], both, 'inner')], ['p', 'q']);
    const branches = { then_branch: { graph: outer }, else_branch: { graph: outer } };
    const nodes = [constant, node('If', ['c'], ['y', 'z'], branches, 'outer')];
    await using session = await InferenceSession.create(
      model({ ...relu, nodes, outputs: [y, valueInfo('z', 'float32', [1, 2])] }),
    );
    const results = await session.run(feed);
    expect([[...results.y!.data], [...results.z!.data]]).toEqual([
      [1, -3],
      [-1, 3],
    ]);
  });

  it('is refused where its condition is computed from data', async () => {
    const condition = [node('ReduceMax', ['x'], ['m'], { keepdims: 0 }), node('Greater', ['m', 'k'], ['c'])];
    const size = 2000;
    const bytes = choose(condition, {
      constants: { k: float32([]) },
      inputs: [valueInfo('x', 'float32', [size])],
      outputs: [valueInfo('y', 'float32', [size])],
    });
    await expect(answer(bytes, { x: float32([size]) })).rejects.toThrow(
      code('ERR_UNSUPPORTED_OPERATOR', { nodeName: 'choice' }),
    );
  });

  it('does not mind what the other branch would need', async () => {
    const then = innerGraph([node('Neg', ['x'], ['n'])], ['n']);
    const otherwise = innerGraph([node('Frobnicate', ['x'], ['f'])], ['f']);
    const constant = node('Constant', [], ['c'], { value: new Tensor('bool', [true], []) });
    const branches = { then_branch: { graph: then }, else_branch: { graph: otherwise } };
    expect(await answer(model({ ...relu, nodes: [constant, node('If', ['c'], ['y'], branches)] }))).toEqual([
      1, -3,
    ]);
  });

  it.each<[string, Message]>([
    ['inputs', { ...innerGraph([node('Neg', ['a'], ['n'])], ['n']), input: [{ name: 'a' }] }],
    ['too few outputs', innerGraph([], [])],
    ['a value that nothing gives', innerGraph([node('Neg', ['nowhere'], ['n'])], ['n'])],
  ])('is refused with a branch of %s', async (_what, branch) => {
    const constant = node('Constant', [], ['c'], { value: new Tensor('bool', [true], []) });
    const branches = { then_branch: { graph: branch }, else_branch: { graph: branch } };
    const nodes = [constant, node('If', ['c'], ['y'], branches)];
    await expect(InferenceSession.create(model({ ...relu, nodes }))).rejects.toThrow(
      code('ERR_INVALID_MODEL'),
    );
  });
});

describe('operators that are missing', () => {
  it('are named all, each kind once', async () => {
    const nodes = [
      node('Frobnicate', ['x'], ['a'], {}, 'first'),
      node('HardSwish', ['a'], ['b'], {}, 'early'),
      node('Frobnicate', ['b'], ['c'], {}, 'second'),
      { ...node('Fuse', ['c'], ['y'], {}, 'last'), domain: 'com.example' },
    ];
    await expect(InferenceSession.create(model({ ...relu, nodes, opset: 13 }))).rejects.toThrow(
      'Expected operators that @zeroskip/runner implements, received Frobnicate (node "first" and 1 more), ' +
        'HardSwish of operator set 13 (node "early"), com.example::Fuse (node "last").',
    );
  });
});

/** One operator of an old operator set. */
interface Old {
  readonly of: string;
  readonly opset: number;
  readonly node: Message;
  readonly input?: Tensor;
  readonly constants?: ModelParts['constants'];
  readonly values: readonly number[];
  readonly type?: 'float32' | 'int32';
}

const plane = float32([1, 1, 1, 2], [1, 2]);

const old: readonly Old[] = [
  {
    of: 'Add with axis',
    opset: 6,
    node: node('Add', ['x', 'k'], ['y'], { broadcast: 1, axis: 1 }),
    input: float32([1, 2, 1, 2], [1, 2, 3, 4]),
    constants: { k: float32([2], [10, 20]) },
    values: [11, 12, 23, 24],
  },
  {
    of: 'Sub with a suffix',
    opset: 6,
    node: node('Sub', ['x', 'k'], ['y'], { broadcast: 1 }),
    input: float32([1, 2, 1, 2], [1, 2, 3, 4]),
    constants: { k: float32([2], [1, 2]) },
    values: [0, 0, 2, 2],
  },
  {
    of: 'PRelu with a slope for each channel',
    opset: 6,
    node: node('PRelu', ['x', 'k'], ['y']),
    input: float32([1, 2, 1, 2], [-1, 2, -3, 4]),
    constants: { k: float32([2], [0.5, 2]) },
    values: [-0.5, 2, -6, 4],
  },
  {
    of: 'Reshape by an attribute',
    opset: 1,
    node: node('Reshape', ['x'], ['y'], { shape: [2] }),
    values: [-1, 3],
  },
  {
    of: 'Cast by a name',
    opset: 5,
    node: node('Cast', ['x'], ['y'], { to: 'INT32' }),
    values: [-1, 3],
    type: 'int32',
  },
  {
    of: 'Tile of one axis',
    opset: 5,
    node: node('Tile', ['x', 't', 'a'], ['y']),
    constants: { t: int64([2], []), a: int64([1], []) },
    values: [-1, 3, -1, 3],
  },
  {
    of: 'nearest Upsample by two scales',
    opset: 6,
    node: node('Upsample', ['x'], ['y'], { height_scale: { float: 1 }, width_scale: { float: 2 } }),
    input: plane,
    values: [1, 1, 2, 2],
  },
  {
    of: 'bilinear Upsample by two scales',
    opset: 6,
    node: node('Upsample', ['x'], ['y'], {
      height_scale: { float: 1 },
      width_scale: { float: 2 },
      mode: 'bilinear',
    }),
    input: plane,
    values: [1, 1.5, 2, 2],
  },
  {
    of: 'Pad by paddings',
    opset: 1,
    node: node('Pad', ['x'], ['y'], { paddings: [0, 1, 0, 0], value: { float: 7 } }),
    values: [7, -1, 3],
  },
  {
    of: 'Concat of axis 1 unless told',
    opset: 3,
    node: node('Concat', ['x', 'x'], ['y']),
    values: [-1, 3, -1, 3],
  },
  {
    of: 'Clip by attributes',
    opset: 6,
    node: node('Clip', ['x'], ['y'], { min: { float: 0 }, max: { float: 2 } }),
    values: [0, 2],
  },
  {
    of: 'Greater with axis',
    opset: 6,
    node: node('Equal', ['x', 'k'], ['b'], { broadcast: 1, axis: 0 }),
    input: float32([2, 2], [1, 2, 3, 3]),
    constants: { k: float32([2], [1, 3]) },
    values: [1, 0, 1, 1],
  },
];

describe('operator sets before 7', () => {
  it.each(old)(
    'have $of',
    async ({ opset, node: only, input = feed.x, constants, values, type = 'float32' }) => {
      const isBool = (only.output as string[])[0] === 'b';
      const parts = {
        nodes: isBool ? [only, node('Cast', ['b'], ['y'], { to: 1 })] : [only],
        inputs: [valueInfo('x', 'float32', input.dims)],
        outputs: [{ name: 'y', type: { tensorType: { elemType: type === 'int32' ? 6 : 1 } } }],
        opset,
        ...(constants && { constants }),
      };
      expect(await answer(model(parts), { x: input })).toEqual(values);
    },
  );
});

const microsoft = (only: Message) => ({ ...only, domain: 'com.microsoft' });

describe('operators of com.microsoft', () => {
  const w = float32([1, 1, 1, 1], [2]);
  const map = (name: string) => valueInfo(name, 'float32', [1, 1, 1, 2]);
  const fused = (inputs: string[], attributes: Parameters<typeof node>[3]) =>
    model({
      nodes: [microsoft(node('FusedConv', inputs, ['y'], attributes))],
      inputs: [map('x')],
      outputs: [map('y')],
      constants: { w, b: float32([1], [-1]), z: float32([1, 1, 1, 2], [-8, 8]) },
    });
  const values = { x: float32([1, 1, 1, 2], [-1, 3]) };

  it.each<[string, string[], Parameters<typeof node>[3], number[]]>([
    ['without an activation', ['x', 'w', 'b'], {}, [-3, 5]],
    ['with Relu', ['x', 'w', 'b'], { activation: 'Relu' }, [0, 5]],
    [
      'with LeakyRelu',
      ['x', 'w'],
      { activation: 'LeakyRelu', activation_params: { floats: [0.5] } },
      [-1, 6],
    ],
    ['with Clip', ['x', 'w'], { activation: 'Clip', activation_params: { floats: [-1, 2] } }, [-1, 2]],
    ['with a sum', ['x', 'w', 'b', 'z'], {}, [-11, 13]],
    ['with a sum and Relu', ['x', 'w', '', 'z'], { activation: 'Relu' }, [0, 14]],
  ])('FusedConv %s', async (_what, inputs, attributes, expected) => {
    expect(await answer(fused(inputs, attributes), values)).toEqual(expected);
  });

  it.each([
    ['Gelu', {}, [-0.15865525393145707, 2.9959503059]],
    ['QuickGelu', { alpha: { float: 1 } }, [-0.2689414214, 2.8577223804]],
  ])('%s', async (opType, attributes, expected) => {
    const actual = await answer(
      model({ ...relu, nodes: [microsoft(node(opType, ['x'], ['y'], attributes))] }),
    );
    for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
  });
});
