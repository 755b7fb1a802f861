import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';
import { float32, type ModelParts, model, node, tensorProto, valueInfo } from '../support/onnx.ts';
import { changed, feed, relu, x, y } from '../support/relu.ts';
import { answer } from '../support/run.ts';

describe('what exporters write', () => {
  it('an output without a type has that which follows', async () => {
    const bytes = model({ ...relu, outputs: [{ name: 'y' }] });
    await using session = await InferenceSession.create(bytes);
    expect(session.outputMetadata).toEqual([{ name: 'y', isTensor: true, type: 'float32', shape: [1, 2] }]);
    expect(await answer(bytes, feed)).toEqual([0, 3]);
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
    expect(await answer(model(open), feed)).toEqual([0, 3]);
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
    expect(
      await answer(
        changed(relu, (message) => Object.assign(message, { opsetImport })),
        feed,
      ),
    ).toEqual([0, 3]);
  });

  it('an initializer twice, of which the last counts', async () => {
    const sum = { ...relu, nodes: [node('Add', ['x', 'k'], ['y'])] };
    const initializer = [1, 5].map((value) => tensorProto('k', float32([1], [value])));
    expect(
      await answer(
        changed(sum, ({ graph }) => Object.assign(graph, { initializer })),
        feed,
      ),
    ).toEqual([4, 8]);
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
