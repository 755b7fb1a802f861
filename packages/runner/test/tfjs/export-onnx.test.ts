import { decode } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { expect, it } from 'vitest';
import { exportOnnx, InferenceSession } from '../../src/index.ts';
import { float32, graphProto, int64, io, type Message, model, node, valueInfo } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import { graphModel, i, listI, op, placeholder, s } from './graph-model.ts';

interface Parts {
  readonly node: readonly {
    readonly output: readonly string[];
    readonly attribute: readonly { readonly g: Parts }[];
  }[];
  readonly output: readonly { readonly name: string }[];
}

const attr = { padding: s('SAME'), strides: listI(1, 1, 1, 1) };

it('a graph model is exported with its names, axes and answers', async () => {
  const { json, weights } = graphModel({
    nodes: [
      placeholder('x', [-1, 3, 3, 2]),
      op('conv', 'Conv2D', ['x', 'w'], attr),
      op('y', 'LeakyRelu', ['conv'], { alpha: { f: 0.25 } }),
    ],
    weights: { w: { shape: [3, 3, 2, 2], values: Array.from({ length: 36 }, (_, at) => (at % 7) - 3) } },
    signature: { inputs: { image: { name: 'x:0' } }, outputs: { map: { name: 'y:0' } } },
  });
  const bytes = Buffer.from(JSON.stringify(json));
  const externalData = [{ path: 'weights.bin', data: weights }];
  await using own = await InferenceSession.create(bytes, { externalData });
  await using exported = await InferenceSession.create(await exportOnnx(bytes, { externalData }));
  expect(exported.inputMetadata).toEqual(own.inputMetadata);
  expect(exported.outputMetadata).toEqual(own.outputMetadata);
  const image = new Tensor(
    'float32',
    Float32Array.from({ length: 18 }, (_, at) => at),
    [1, 3, 3, 2],
  );
  expect((await exported.run({ image })).map!.data).toEqual((await own.run({ image })).map!.data);
});

it('a model with graphs inside its nodes is exported, with outputs that these pass on and without names', async () => {
  const parts = [0, 1].map((scale) =>
    graphProto({
      nodes: scale === 1 ? [node('TopK', ['x', 'k'], ['', 'i']), node('Neg', ['x'], ['n'])] : [],
      outputs: (scale === 1 ? ['n', 'n', 'i'] : ['x', 'x', 'k']).map((name) => ({ name })),
    }),
  ) as [Message, Message];
  const branches = { then_branch: { graph: parts[1] }, else_branch: { graph: parts[0] } };
  const bytes = model({
    nodes: [node('If', ['flag'], ['a', 'b', 'c'], branches)],
    inputs: [valueInfo('flag', 'bool', []), valueInfo('x', 'float32', ['N'])],
    outputs: [
      valueInfo('a', 'float32', ['N']),
      valueInfo('b', 'float32', ['N']),
      valueInfo('c', 'int64', ['M']),
    ],
    constants: { k: int64([2]) },
  });
  const exported = await exportOnnx(bytes);
  const { graph } = decode('ModelProto', exported, 100) as { graph: Parts };
  for (const { g } of graph.node[0]!.attribute) {
    const made = g.node.flatMap(({ output }) => output);
    const returned = g.output.map(({ name }) => name);
    expect(made).toEqual(expect.arrayContaining(returned));
    expect(new Set(returned).size).toBe(3);
    expect(made).not.toContain('');
  }
  await using own = await InferenceSession.create(exported);
  for (const flag of [true, false]) {
    const feeds = { flag: new Tensor('bool', [flag], []), x: float32([3], [1, 5, 2]) };
    const { a, b, c } = await own.run(feeds);
    const numbers = flag ? [-1, -5, -2] : [1, 5, 2];
    expect([a, b].map((each) => [...each!.data])).toEqual([numbers, numbers]);
    expect([...c!.data]).toEqual(flag ? [1n, 2n] : [2n]);
  }
});

it('outputs that nothing reads have names in an exported model', async () => {
  const { json } = graphModel({
    nodes: [
      placeholder('x', [3, 2]),
      op('parts', 'Unpack', ['x'], { num: i(3), axis: i(0) }),
      op('y', 'Neg', ['parts:1']),
    ],
  });
  const exported = decode('ModelProto', await exportOnnx(Buffer.from(JSON.stringify(json))), 1000);
  const split = exported.graph!.node.find(({ opType }) => opType === 'Split')!;
  expect(split.output).toHaveLength(3);
  expect(split.output).not.toContain('');
});

it('a model with operators outside of the default domain is not exported', async () => {
  const fused = { ...node('FusedMatMul', ['a', 'b'], ['y']), domain: 'com.microsoft' };
  const bytes = model({ nodes: [fused], ...io({ a: [2, 2], b: [2, 2] }, { y: [2, 2] }) });
  await expect(exportOnnx(bytes)).rejects.toThrow(code('ERR_UNSUPPORTED_OPERATOR'));
});

it.each([
  ['sizes', ['x', '', '', 'sizes'], { sizes: int64([4, 6]) }],
  ['scales', ['x', '', 'scales'], { scales: float32([2], [2, 2]) }],
])('%s of some axes are exported as those of all', async (_what, inputs, constants) => {
  const bytes = model({
    nodes: [node('Resize', inputs, ['y'], { axes: [2, 3] })],
    ...io({ x: ['N', 1, 2, 3] }, { y: ['N', 1, 4, 6] }),
    constants,
    opset: 18,
  });
  const file = await exportOnnx(bytes);
  const { graph } = decode('ModelProto', file, 1000) as unknown as { readonly graph: Parts };
  const attributes = graph.node.at(-1)!.attribute as readonly { readonly name?: string }[];
  expect(attributes.map(({ name }) => name)).not.toContain('axes');
  await using own = await InferenceSession.create(bytes);
  await using exported = await InferenceSession.create(file);
  const x = float32([2, 1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect((await exported.run({ x })).y).toEqual((await own.run({ x })).y);
});
