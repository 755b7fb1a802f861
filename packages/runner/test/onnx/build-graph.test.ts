import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import {
  encode,
  float32,
  type Message,
  type ModelParts,
  model,
  modelProto,
  node,
  valueInfo,
} from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import { runModel } from '../support/run.ts';

const x = valueInfo('x', 'float32', [1, 2]);
const y = valueInfo('y', 'float32', [1, 2]);
const relu = node('Relu', ['x'], ['y'], {}, 'r');
const base: ModelParts = { nodes: [relu], inputs: [x], outputs: [y] };

const create = (parts: Partial<ModelParts>) => InferenceSession.create(model({ ...base, ...parts }));
describe('graphs', () => {
  it.each<[string, Partial<ModelParts>]>([
    [
      'a cycle',
      { nodes: [node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y'])] },
    ],
    ['a node that reads itself', { nodes: [node('Add', ['x', 'y'], ['y'])] }],
    ['a dangling input', { nodes: [node('Relu', ['nowhere'], ['y'])] }],
    ['a dangling output', { nodes: [node('Relu', ['x'], ['z'])] }],
    ['two producers of one value', { nodes: [relu, node('Neg', ['x'], ['y'])] }],
    ['a node that writes an input', { nodes: [node('Relu', ['x'], ['x']), relu] }],
    ['two inputs of one name', { inputs: [x, x] }],
    ['no outputs', { outputs: [] }],
    ['an input without a name', { inputs: [x, valueInfo('', 'float32', [1])] }],
    ['an input without a type', { inputs: [x, { name: 'z' }] }],
    ['an input of a negative dim', { inputs: [valueInfo('x', 'float32', [-2])] }],
    ['a node without an operator', { nodes: [{ ...relu, opType: '' }] }],
    ['a node without outputs', { nodes: [relu, node('Relu', ['x'], [])] }],
    [
      'an attribute twice',
      {
        nodes: [
          {
            ...relu,
            attribute: [
              { name: 'a', type: 2, i: 1 },
              { name: 'a', type: 2, i: 2 },
            ],
          },
        ],
      },
    ],
    ['an attribute without a type', { nodes: [{ ...relu, attribute: [{ name: 'a', i: 1 }] }] }],
    [
      'an attribute that refers to a function',
      { nodes: [{ ...relu, attribute: [{ name: 'a', type: 2, refAttrName: 'b' }] }] },
    ],
    ['too many inputs of a node', { nodes: [node('Relu', ['x', 'x'], ['y'])] }],
    ['too few inputs of a node', { nodes: [node('Add', ['x'], ['y'])] }],
    [
      'too many outputs of a node',
      { nodes: [node('Relu', ['x'], ['y', 'z'])], outputs: [y, valueInfo('z', 'float32', [1])] },
    ],
    ['an absent input that is needed', { nodes: [node('Add', ['x', ''], ['y'])] }],
  ])('with %s are refused', async (_what, parts) => {
    await expect(create(parts)).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it.each<[string, Partial<ModelParts>, object]>([
    [
      'operator',
      { nodes: [node('Frobnicate', ['x'], ['y'], {}, 'f')] },
      { nodeName: 'f', opType: 'Frobnicate' },
    ],
    [
      'domain',
      { nodes: [{ ...relu, domain: 'com.example' }] },
      { nodeName: 'r', received: '"com.example::Relu"' },
    ],
    ['operator set', { opset: 99 }, { received: '99' }],
    ['operator set 0', { opset: 0 }, { received: '0' }],
    [
      'operator of a later set',
      { nodes: [node('HardSwish', ['x'], ['y'], {}, 'h')], opset: 13 },
      { nodeName: 'h' },
    ],
    [
      'operator that was withdrawn',
      { nodes: [node('Upsample', ['x', 'x'], ['y'], {}, 'u')] },
      { nodeName: 'u' },
    ],
  ])('of an unknown %s are refused by name', async (_what, parts, details) => {
    await expect(create(parts)).rejects.toThrow(code('ERR_UNSUPPORTED_OPERATOR', details));
  });

  it('may use any name, also those of object prototypes', async () => {
    const names = ['__proto__', 'toString', 'constructor', 'hasOwnProperty'];
    const nodes = names.map((name, i) => node('Relu', [i === 0 ? 'valueOf' : names[i - 1]!], [name]));
    const outputs = names.map((name) => valueInfo(name, 'float32', [2]));
    const results = await runModel(
      { nodes, outputs, inputs: [valueInfo('valueOf', 'float32', [2])] },
      { valueOf: float32([2], [-1, 2]) },
    );
    for (const name of names) {
      expect(Object.hasOwn(results, name)).toBe(true);
      expect([...results[name]!.data]).toEqual([0, 2]);
    }
  });

  it('a feed that is only inherited is missing', async () => {
    await using session = await InferenceSession.create(
      model({
        nodes: [node('Relu', ['toString'], ['y'])],
        inputs: [valueInfo('toString', 'float32', [2])],
        outputs: [y],
      }),
    );
    await expect(session.run({})).rejects.toThrow(code('ERR_INVALID_ARGUMENT'));
  });

  it('may list nodes in any order', async () => {
    const nodes = [node('Neg', ['b'], ['y']), node('Relu', ['a'], ['b']), node('Neg', ['x'], ['a'])];
    await using session = await create({ nodes });
    const results = await session.run({ x: float32([1, 2], [-3, 4]) });
    expect([...results.y!.data]).toEqual([-3, -0]);
  });

  it('may pass an input or a constant on as an output', async () => {
    const feed = float32([1, 2], [1, 2]);
    await using session = await create({
      nodes: [],
      outputs: [x, valueInfo('k', 'float32', [2])],
      constants: { k: float32([2], [5, 6]) },
    });
    const results = await session.run({ x: feed });
    expect([...results.x!.data, ...results.k!.data]).toEqual([1, 2, 5, 6]);
    expect(results.x!.data.buffer).not.toBe(feed.data.buffer);
  });

  it('take initializers that are listed as inputs as constants', async () => {
    await using session = await create({
      nodes: [node('Add', ['x', 'k'], ['y'])],
      inputs: [x, valueInfo('k', 'float32', [2])],
      constants: { k: float32([2], [5, 6]) },
    });
    expect(session.inputNames).toEqual(['x']);
  });

  it('beyond the limits of nodes and constants are refused', async () => {
    const many = Array.from({ length: 5 }, (_, i) =>
      node('Relu', [i === 0 ? 'x' : `v${i}`], [i === 4 ? 'y' : `v${i + 1}`]),
    );
    const bytes = model({ ...base, nodes: many, constants: { a: float32([1]), b: float32([1]) } });
    for (const limits of [{ maxNodes: 4 }, { maxTensors: 1 }, { maxFileBytes: 50 }]) {
      await expect(InferenceSession.create(bytes, { limits })).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
    }
  });

  it('with inputs of huge dims, or of more of them than the limit, are refused', async () => {
    const huge = [valueInfo('x', 'float32', [2 ** 31, 2 ** 31])];
    await expect(create({ inputs: huge })).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
    const deep = [valueInfo('x', 'float32', new Array(9).fill(1))];
    await expect(create({ inputs: deep })).rejects.toThrow(code('ERR_LIMIT_EXCEEDED'));
  });

  it.each([
    ['a sequence', { sequenceType: new Uint8Array(1) }],
    ['a map', { mapType: new Uint8Array(1) }],
    ['an optional', { optionalType: new Uint8Array(1) }],
    ['a sparse tensor', { sparseTensorType: new Uint8Array(1) }],
  ])('with %s as input are refused', async (_what, type) => {
    await expect(create({ inputs: [x, { name: 's', type }] })).rejects.toThrow(code('ERR_UNSUPPORTED_TYPE'));
  });

  it('of strings and of sparse constants are refused', async () => {
    await expect(
      create({ inputs: [x, { name: 's', type: { tensorType: { elemType: 8 } } }] }),
    ).rejects.toThrow(code('ERR_UNSUPPORTED_TYPE'));
    const proto = modelProto(base);
    (proto.graph as Message).sparseInitializer = [new Uint8Array(1)];
    await expect(InferenceSession.create(encode('ModelProto', proto))).rejects.toThrow(
      code('ERR_UNSUPPORTED_TYPE'),
    );
  });
});
