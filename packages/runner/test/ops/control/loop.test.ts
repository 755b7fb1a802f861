import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { InferenceSession, isConvolutionTrace, type Limits, type Value } from '../../../src/index.ts';
import {
  float32,
  graphProto,
  int64,
  io,
  type Message,
  type ModelParts,
  model,
  node,
  random,
  valueInfo,
} from '../../support/onnx.ts';
import { planFor, sha256 } from '../../support/plan.ts';
import { code } from '../../support/refusal.ts';
import { runModel, traced } from '../../support/run.ts';

const scalar = (value: number) => int64([value], []);
const yes = new Tensor('bool', [true], []);

/** A body that adds `step`, which is around it, to its state, and also gives each state. */
function counting(parts: { readonly nodes?: readonly Message[]; readonly condition?: string } = {}): Message {
  return graphProto({
    nodes: [
      node('Add', ['v', 'step'], ['next']),
      node('Identity', ['next'], ['each']),
      node('Identity', ['go'], ['same']),
      ...(parts.nodes ?? []),
    ],
    inputs: [valueInfo('i', 'int64', []), valueInfo('go', 'bool', []), valueInfo('v', 'float32', ['N'])],
    outputs: [
      valueInfo(parts.condition ?? 'same', 'bool', []),
      valueInfo('next', 'float32', ['N']),
      valueInfo('each', 'float32', ['N']),
    ],
  });
}

function loopModel(body: Message, parts: Partial<ModelParts> = {}, inputs = ['trips', 'start', 'x']) {
  return model({
    nodes: [node('Loop', inputs, ['last', 'all'], { body: { graph: body } }, 'loop')],
    inputs: [valueInfo('trips', 'int64', []), valueInfo('x', 'float32', ['N'])],
    outputs: [valueInfo('last', 'float32', ['N']), valueInfo('all', 'float32', ['T', 'N'])],
    constants: { start: yes, step: float32([1], [2]) },
    ...parts,
  });
}

const values = (value: Value | undefined) => Array.from((value as Tensor).data, Number);

describe('Loop', () => {
  it('runs its graph as often as it says, for any number of times and any dims', async () => {
    await using session = await InferenceSession.create(loopModel(counting()));
    const run = async (trips: number, x: number[]) => {
      const feeds = { trips: scalar(trips), x: float32([x.length], x) };
      const { last, all } = await session.run(feeds);
      expect(session.runSync(feeds)).toEqual({ last, all });
      return { last: values(last), all: values(all), dims: all!.dims };
    };
    expect(await run(3, [1, 5])).toEqual({ last: [7, 11], all: [3, 7, 5, 9, 7, 11], dims: [3, 2] });
    expect(await run(1, [1])).toEqual({ last: [3], all: [3], dims: [1, 1] });
    expect(await run(0, [4])).toEqual({ last: [4], all: [], dims: [0, 0] });
  });

  it('ends where its condition says, without a number of times', async () => {
    const nodes = [
      node('ReduceMax', ['next'], ['most'], { keepdims: 0 }),
      node('Less', ['most', 'bound'], ['below']),
    ];
    const bytes = loopModel(
      counting({ nodes, condition: 'below' }),
      { constants: { step: float32([1], [2]), bound: float32([], [6]) } },
      ['', '', 'x'],
    );
    const { last, all } = await runModel(bytes, { trips: scalar(0), x: float32([1], [1]) });
    expect([values(last), values(all)]).toEqual([[7], [3, 5, 7]]);
  });

  it('takes its number of times from what was computed, and is followed by a network', async () => {
    const nodes = [
      node('ReduceSum', ['x'], ['sum'], { keepdims: 0 }),
      node('Cast', ['sum'], ['trips'], { to: 7 }),
      node('Loop', ['trips', 'start', 'x'], ['last', 'all'], { body: { graph: counting() } }),
      node('ReduceMean', ['all'], ['mean'], { axes: [0], keepdims: 0 }),
      node('Mul', ['mean', 'step'], ['y']),
    ];
    const bytes = loopModel(counting(), { nodes, ...io({ x: ['N'] }, { y: ['N'] }) });
    const { y } = await runModel(bytes, { x: float32([2], [1, 3]) });
    expect(values(y)).toEqual([12, 16]);
  });

  const weights = random([2, 2, 3, 3], 7);
  const pads = { pads: [1, 1, 1, 1] };
  const shape = io({ x: [1, 2, 5, 6] }, { y: [1, 2, 5, 6] });
  const x = random([1, 2, 5, 6], 3);
  const convolutions = model({
    nodes: [
      node('Loop', ['trips', 'start', 'x'], ['y'], {
        body: {
          graph: graphProto({
            nodes: [
              node('Conv', ['v', 'w'], ['c'], pads, 'inside'),
              node('Tanh', ['c'], ['next']),
              node('Identity', ['go'], ['same']),
            ],
            inputs: [
              valueInfo('i', 'int64', []),
              valueInfo('go', 'bool', []),
              valueInfo('v', 'float32', undefined),
            ],
            outputs: [{ name: 'same' }, { name: 'next' }],
          }),
        },
      }),
    ],
    ...shape,
    constants: { w: weights, trips: scalar(2), start: yes },
  });

  it('runs convolutions inside, whose weights are around it', async () => {
    const unrolled = [
      node('Conv', ['x', 'w'], ['a'], pads),
      node('Tanh', ['a'], ['b']),
      node('Conv', ['b', 'w'], ['c'], pads),
      node('Tanh', ['c'], ['y']),
    ];
    const [{ y }, expected] = await Promise.all([
      runModel(convolutions, { x }),
      runModel({ nodes: unrolled, ...shape, constants: { w: weights } }, { x }),
    ]);
    expect(y!.data).toEqual(expected.y!.data);
  });

  it('takes a plan for convolutions inside', async () => {
    const plan = planFor(sha256(convolutions), { inside: 'reference' });
    await using session = await InferenceSession.create(convolutions, { plan });
    const { layers } = await traced(session, { x });
    expect(layers.filter(isConvolutionTrace)).toMatchObject([{ name: 'inside', algorithm: 'reference' }]);
  });

  it('shows its layers in a trace once', async () => {
    await using session = await InferenceSession.create(loopModel(counting()));
    const traces: string[][] = [];
    const trace = (layers: readonly { readonly name: string }[]) => {
      traces.push(layers.map(({ name }) => name));
    };
    await session.run({ trips: scalar(5), x: float32([1], [1]) }, { trace });
    expect(traces).toHaveLength(1);
    expect(traces[0]!.filter((name) => name === 'loop')).toHaveLength(1);
  });

  it.each<[string, Partial<Limits>]>([
    ['iterations', { maxIterations: 99 }],
    ['bytes', { maxRunBytes: 396 }],
  ])('is ended by the limit on %s', async (_what, limits) => {
    await using session = await InferenceSession.create(loopModel(counting()), { limits });
    const feeds = { x: float32([1], [1]) };
    await expect(session.run({ ...feeds, trips: scalar(100) })).rejects.toThrow(
      code('ERR_LIMIT_EXCEEDED', { nodeName: 'loop' }),
    );
    expect(values((await session.run({ ...feeds, trips: scalar(99) })).last)).toEqual([199]);
  });

  it('is ended by a signal', async () => {
    await using session = await InferenceSession.create(loopModel(counting()));
    const controller = new AbortController();
    const run = session.run({ trips: scalar(1e6), x: float32([1], [1]) }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 10);
    await expect(run).rejects.toThrow('enough');
  });

  it('never hands out memory of the caller or of the model', async () => {
    const body = graphProto({
      nodes: [node('Identity', ['go'], ['same'])],
      inputs: [valueInfo('i', 'int64', []), valueInfo('go', 'bool', []), valueInfo('v', 'float32', ['N'])],
      outputs: [{ name: 'same' }, { name: 'v' }, { name: 'step' }],
    });
    const x = float32([1], [1]);
    await using session = await InferenceSession.create(loopModel(body));
    const first = await session.run({ trips: scalar(1), x });
    (first.last!.data as Float32Array).fill(9);
    (first.all!.data as Float32Array).fill(9);
    const { last, all } = await session.run({ trips: scalar(1), x });
    expect([values(last), values(all)]).toEqual([[1], [2]]);
  });

  it('is refused at loading for operators that are missing inside, by name', async () => {
    const inner = node('Loop', ['i', '', 'v'], ['w'], {
      body: { graph: counting({ nodes: [node('Frobnicate', ['v'], ['f'])] }) },
    });
    const body = counting({ nodes: [inner, node('Transmogrify', ['v'], ['t'])] });
    await expect(InferenceSession.create(loopModel(body))).rejects.toThrow(
      code('ERR_UNSUPPORTED_OPERATOR', { message: expect.stringMatching(/Frobnicate.*Transmogrify/) }),
    );
  });

  it.each<[string, Message]>([
    [
      'too few inputs',
      graphProto({
        nodes: [node('Identity', ['c'], ['d'])],
        inputs: [{ name: 'c' }],
        outputs: [{ name: 'd' }],
      }),
    ],
    ['a condition that is no bool', counting({ condition: 'v' })],
  ])('is refused with a graph of %s', async (_what, body) => {
    const run = runModel(loopModel(body), { trips: scalar(1), x: float32([1], [1]) });
    await expect(run).rejects.toThrow(expect.objectContaining({ nodeName: 'loop' }));
  });
});
