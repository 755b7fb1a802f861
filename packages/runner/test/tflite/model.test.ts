import { defaultLimits, ints, type Limits } from '@zeroskip/onnx';
import { parseTensorFlowLite } from '@zeroskip/tensorflow';
import { describe, expect, it } from 'vitest';
import { exportOnnx, InferenceSession } from '../../src/index.ts';
import { code } from '../support/refusal.ts';
import { traced } from '../support/run.ts';
import { type LiteModelParts, liteModel } from './lite-model.ts';
import { loadLite, runLite, tensor } from './run-lite.ts';

/** Such a model refers to none. */
const noFiles = undefined as never;
const NEG = 59;
const ABS = 101;
const ADD = 0;

/** y = -x, z = |y|. */
const chain: LiteModelParts = {
  tensors: { x: { dims: [2] }, y: { dims: [2] }, z: { dims: [2] } },
  inputs: ['x'],
  outputs: ['z'],
  operators: [
    { op: NEG, inputs: ['x'], outputs: ['y'] },
    { op: ABS, inputs: ['y'], outputs: ['z'] },
  ],
};
const x = tensor('float32', [2], [1, -2]);

describe('a TensorFlow Lite model', () => {
  it('has the names of its tensors', async () => {
    await using session = await loadLite(chain);
    expect([session.inputNames, session.outputNames]).toEqual([['x'], ['z']]);
    expect(session.outputMetadata).toEqual([{ name: 'z', isTensor: true, type: 'float32', shape: [2] }]);
  });

  it('has the names of its signature, where it has one', async () => {
    await using session = await loadLite({
      ...chain,
      signature: { inputs: { image: 'x' }, outputs: { sizes: 'z' } },
    });
    expect([session.inputNames, session.outputNames]).toEqual([['image'], ['sizes']]);
    expect([...(await session.run({ image: x })).sizes!.data]).toEqual([1, 2]);
  });

  it('gives the outputs that are asked for: of the signature, or any tensor', async () => {
    const signature = { inputs: {}, outputs: { sizes: 'z' } };
    await using session = await loadLite({ ...chain, signature }, { outputs: ['y', 'sizes'] });
    const { y, sizes } = await session.run({ x });
    expect([[...y!.data], [...sizes!.data]]).toEqual([
      [-1, 2],
      [1, 2],
    ]);
    await expect(loadLite(chain, { outputs: ['w'] })).rejects.toThrow(
      /outputs of the model or names of its tensors for option outputs, received "w"/,
    );
  });

  it('leaves dims open that its signature leaves open', async () => {
    const open = { dims: [1, 2], signature: [-1, -1] };
    const parts = { ...chain, tensors: { x: open, y: open, z: open } };
    await using session = await loadLite(parts);
    expect(session.inputMetadata[0]).toMatchObject({ shape: ['batch', ''] });
    const { z } = await session.run({ x: tensor('float32', [2, 3], [1, -2, 3, -4, 5, -6]) });
    expect([z!.dims, [...z!.data]]).toEqual([
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ]);
  });

  it('may have its values behind all tables', async () => {
    const parts: LiteModelParts = {
      ...chain,
      tensors: {
        ...chain.tensors,
        w: { dims: [2], values: [10, 20] },
        v: { dims: [2], values: [0.5, 0.25] },
      },
      operators: [
        { op: ADD, inputs: ['x', 'w'], outputs: ['y'] },
        { op: ADD, inputs: ['y', 'v'], outputs: ['z'] },
      ],
      isOutside: true,
    };
    const [z] = await runLite(parts, { x });
    expect([...z!.data]).toEqual([11.5, 18.25]);
  });

  it('has constants that are views of the file', async () => {
    const parts: LiteModelParts = {
      ...chain,
      tensors: { ...chain.tensors, w: { dims: [2], values: [10, 20] } },
      operators: [{ op: ADD, inputs: ['x', 'w'], outputs: ['z'] }],
    };
    const bytes = liteModel(parts);
    const { constants } = await parseTensorFlowLite(bytes, defaultLimits, noFiles);
    expect(constants.get('w')!.load().data.buffer).toBe(bytes.buffer);
  });

  it('keeps its maps in one layout between convolutions', async () => {
    const map = { dims: [1, 4, 4, 3] };
    const conv = [1, [0, 'int8', 0], [1, 'int32', 1], [2, 'int32', 1], [3, 'int8', 1]] as const;
    const pool = [
      5,
      [0, 'int8', 0],
      [1, 'int32', 1],
      [2, 'int32', 1],
      [3, 'int32', 2],
      [4, 'int32', 2],
    ] as const;
    const weights = { dims: [3, 3, 3, 3], values: Array.from({ length: 81 }, (_, i) => (i % 5) - 1) };
    await using session = await loadLite({
      tensors: {
        ...{ x: map, w: weights, b: { dims: [3], values: [1, 2, 3] } },
        ...{ a: map, pooled: map, sum: map, gate: { dims: [1, 1, 1, 3], values: [1, 2, 3] }, y: map },
      },
      inputs: ['x'],
      outputs: ['y'],
      operators: [
        { op: 3, inputs: ['x', 'w', 'b'], outputs: ['a'], options: conv },
        { op: 17, inputs: ['a'], outputs: ['pooled'], options: pool },
        { op: 18, inputs: ['pooled', 'gate'], outputs: ['sum'], options: [21, [0, 'int8', 0]] },
        { op: 3, inputs: ['sum', 'w', 'b'], outputs: ['y'], options: conv },
      ],
    });
    const feed = {
      x: tensor(
        'float32',
        [1, 4, 4, 3],
        Array.from({ length: 48 }, (_, i) => i % 7),
      ),
    };
    const { layers } = await traced(session, feed);
    expect(layers.filter(({ opType }) => opType === 'Transpose').length).toBeLessThanOrEqual(2);
    expect(layers.map(({ opType }) => opType)).not.toContain('Reorder');
  });

  it('is exported to ONNX with its names, axes and answers', async () => {
    const bytes = liteModel({ ...chain, signature: { inputs: { image: 'x' }, outputs: { sizes: 'z' } } });
    await using own = await InferenceSession.create(bytes);
    await using exported = await InferenceSession.create(await exportOnnx(bytes));
    expect(exported.inputMetadata).toEqual(own.inputMetadata);
    expect(exported.outputMetadata).toEqual(own.outputMetadata);
    expect((await exported.run({ image: x })).sizes!.data).toEqual((await own.run({ image: x })).sizes!.data);
  });
});

describe('a dilated convolution between blocks', () => {
  const conv = [1, [0, 'int8', 1], [1, 'int32', 1], [2, 'int32', 1]] as const;
  const dilated = [
    1,
    [0, 'int8', 1],
    [1, 'int32', 1],
    [2, 'int32', 1],
    [4, 'int32', 2],
    [5, 'int32', 2],
  ] as const;
  const weights = { dims: [1, 3, 3, 1], values: Array.from({ length: 9 }, (_, i) => i + 1) };
  const feed = tensor(
    'float32',
    [1, 6, 6, 1],
    Array.from({ length: 36 }, (_, i) => i),
  );
  const two = { dims: [2], type: 'int32', values: [2, 2] } as const;
  const none = { dims: [2, 2], type: 'int32', values: [0, 0, 0, 0] } as const;
  const whole: LiteModelParts = {
    tensors: { x: { dims: [1, 6, 6, 1] }, w: weights, y: { dims: [1, 2, 2, 1] } },
    inputs: ['x'],
    outputs: ['y'],
    operators: [{ op: 3, inputs: ['x', 'w'], outputs: ['y'], options: dilated }],
  };
  const blocks = (outputs: readonly string[]): LiteModelParts => ({
    tensors: {
      ...{ x: { dims: [1, 6, 6, 1] }, two, none, cut: { dims: [4, 3, 3, 1] }, w: weights },
      ...{ convolved: { dims: [4, 1, 1, 1] }, y: { dims: [1, 2, 2, 1] } },
    },
    inputs: ['x'],
    outputs,
    operators: [
      { op: 38, inputs: ['x', 'two', 'none'], outputs: ['cut'] },
      { op: 3, inputs: ['cut', 'w'], outputs: ['convolved'], options: conv },
      { op: 37, inputs: ['convolved', 'two', 'none'], outputs: ['y'] },
    ],
  });

  it('is one node, with the same answer', async () => {
    const { nodes } = await parseTensorFlowLite(liteModel(blocks(['y'])), defaultLimits, noFiles);
    const convolutions = nodes.filter(({ opType }) => opType === 'Conv');
    expect(convolutions.map(({ attributes }) => attributes.get('dilations'))).toEqual([ints([2, 2])]);
    const [expected] = await runLite(whole, { x: feed });
    const [found] = await runLite(blocks(['y']), { x: feed });
    expect(found!.data).toEqual(expected!.data);
  });

  it('may have outputs beside it', async () => {
    const [y, cut] = await runLite(blocks(['y', 'cut']), { x: feed });
    const [expected] = await runLite(whole, { x: feed });
    expect(y!.data).toEqual(expected!.data);
    expect([...cut!.data].slice(0, 9)).toEqual([0, 2, 4, 12, 14, 16, 24, 26, 28]);
  });
});

describe('a model is refused', () => {
  const unknown = (op: number | string, outputs: string) => ({ op, inputs: ['x'], outputs: [outputs] });
  const parts: LiteModelParts = {
    ...chain,
    tensors: { ...chain.tensors, a: { dims: [2] }, b: { dims: [2] }, c: { dims: [2] } },
    outputs: ['z', 'a', 'b', 'c'],
    operators: [...chain.operators, unknown(27, 'a'), unknown('FlexErf', 'b'), unknown('FlexErf', 'c')],
  };

  it('with all operators that are missing at once', async () => {
    await expect(loadLite(parts)).rejects.toThrow(
      code('ERR_UNSUPPORTED_OPERATOR', {
        message:
          'Expected operators that @zeroskip/runner implements, ' +
          'received SVDF (node "a"), FlexErf (node "b" and 1 more).',
      }),
    );
  });

  it('not for operators that no wanted output stands on', async () => {
    await using session = await loadLite(parts, { outputs: ['z'] });
    expect([...(await session.run({ x })).z!.data]).toEqual([1, 2]);
  });

  it('with values that are sparse-encoded', async () => {
    const sparse: LiteModelParts = {
      ...chain,
      tensors: { ...chain.tensors, w: { dims: [2], values: [1, 2], isSparse: true }, d: { dims: [2] } },
      operators: [
        { op: 124, inputs: ['w'], outputs: ['d'] },
        { op: ADD, inputs: ['x', 'd'], outputs: ['z'] },
      ],
    };
    await expect(loadLite(sparse)).rejects.toThrow(
      /dense encoding for values of tensor "w", received "a sparse/,
    );
  });

  it.each([
    ['of another version', { ...chain, version: 2 }, /Expected 3 for version of the schema, received 2/],
    [
      'with more nodes than the limits allow',
      chain,
      /Expected at most 1 for number of nodes, received 2/,
      { maxNodes: 1 },
    ],
    [
      'with a rank above the limits',
      { ...chain, tensors: { ...chain.tensors, x: { dims: [1, 2] } } },
      /Expected at most 1 for rank of tensor "x", received 2/,
      { maxRank: 1 },
    ],
    [
      'with strings',
      { ...chain, tensors: { ...chain.tensors, x: { dims: [2], type: 'string' as const } } },
      /for the element type of tensor "x", received "STRING"/,
    ],
    [
      'with values that do not fit their dims',
      {
        ...chain,
        tensors: { ...chain.tensors, w: { dims: [2], bytes: new Uint8Array(7) } },
        operators: [{ op: ADD, inputs: ['x', 'w'], outputs: ['z'] }],
      },
      /Expected 8 bytes for rawData of tensor "w", received 7/,
    ],
    [
      'with a value that nothing gives',
      { ...chain, inputs: [] },
      /for input 0 of node "y" \(NEG\), received "tensor .+, which nothing before it gives"/,
    ],
    [
      'with a scale that is negative',
      { ...chain, tensors: { ...chain.tensors, x: { dims: [2], type: 'int8' as const, scale: -1 } } },
      /Expected numbers above 0 for scales of tensor "x", received -1/,
    ],
    [
      'with a zero point outside of its type',
      {
        ...chain,
        tensors: { ...chain.tensors, x: { dims: [2], type: 'int8' as const, scale: 1, zero: 200 } },
      },
      /Expected integers from -128 to 127 for zero points of tensor "x", received 200/,
    ],
  ] as [string, LiteModelParts, RegExp, Partial<Limits>?][])('%s', async (_, model, message, limits = {}) => {
    await expect(loadLite(model, { limits })).rejects.toThrow(message);
  });
});
