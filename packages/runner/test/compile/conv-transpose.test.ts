import { algorithms } from '@zeroskip/kernels';
import { dilatedExtent, type Tensor } from '@zeroskip/tensor';
import { seededRandom } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { InferenceSession, isConvolutionTrace } from '../../src/index.ts';
import { firstDifference } from '../support/compare.ts';
import { onMainThread } from '../support/on-main-thread.ts';
import { float32, io, type Message, type ModelParts, model, node, random } from '../support/onnx.ts';
import { planFor, sha256 } from '../support/plan.ts';
import { traced } from '../support/run.ts';
import { agrees, runsNatively } from './agreement.ts';

const CHANNELS = 4;

/** Kernel, stride and dilation of an axis. */
type Axis = readonly [kernel: number, stride: number, dilation: number];

const axes: Axis[] = [1, 2, 3, 4, 5].flatMap((kernel) =>
  [1, 2, 3, 4].flatMap((stride) => [1, 2, 3].map((dilation): Axis => [kernel, stride, dilation])),
);

/** What follows the convolution: none, some or all of an addition and an activation. */
const endings: readonly (readonly (readonly [opType: string, attributes: Parameters<typeof node>[3]])[])[] = [
  [],
  [['Relu', {}]],
  [['Sigmoid', {}]],
  [['Add', {}]],
  [
    ['Add', {}],
    ['Relu', {}],
  ],
  [
    ['LeakyRelu', { alpha: { float: 0.2 } }],
    ['Add', {}],
  ],
];

/**
 * A model with a transposed convolution for each entry of `axes`, the other attributes drawn by `seed`.
 * @param rank number of spatial axes; of two, the first has the given axis and the second another one
 */
function sweep(rank: 1 | 2, seed: number): { parts: ModelParts; x: Tensor } {
  const random01 = seededRandom(seed);
  const below = (end: number) => Math.floor(random01() * end);
  const size = [5, 7].slice(2 - rank);
  const nodes: Message[] = [];
  const constants: Record<string, Tensor> = {};
  const outputs: Record<string, number[]> = {};
  for (const [i, axis] of axes.entries()) {
    const window = rank === 1 ? [axis] : [axis, axes[below(axes.length)]!];
    const group = [1, 1, 2, CHANNELS][below(4)]!;
    const outPerGroup = 1 + below(3);
    // Pads of half of them are within the kernel; begins and ends differ.
    const pads = [...window, ...window].map(([kernel, , dilation]) =>
      below(dilatedExtent(kernel, dilation) + (i % 2) * 2),
    );
    const extra = window.map(([, stride, dilation]) => below(Math.max(stride, dilation)));
    const spatial = window.map(([kernel, stride, dilation], at) => {
      const full = stride * (size[at]! - 1) + extra[at]! + dilatedExtent(kernel, dilation);
      const inside = full - pads[at]! - pads[at + rank]!;
      // What would be cut away altogether keeps its begin.
      if (inside < 1) pads[at + rank] = Math.max(0, (pads[at + rank] as number) + inside - 1);
      return full - pads[at]! - pads[at + rank]!;
    });
    if (spatial.some((extent) => extent < 1)) continue;
    const outChannels = group * outPerGroup;
    const dims = [2, outChannels, ...spatial];
    constants[`w${i}`] = random([CHANNELS, outPerGroup, ...window.map(([kernel]) => kernel)], seed + i);
    if (below(2) === 0) constants[`b${i}`] = random([outChannels], seed + i + 1000);
    const attributes = {
      strides: window.map(([, stride]) => stride),
      dilations: window.map(([, , dilation]) => dilation),
      output_padding: extra,
      pads,
      group,
    };
    const operands = ['x', `w${i}`, ...(constants[`b${i}`] ? [`b${i}`] : [])];
    const ending = endings[below(endings.length)]!;
    const last = `y${i}`;
    const name = (step: number) => (step === ending.length ? last : `${last}-${step}`);
    nodes.push(node('ConvTranspose', operands, [name(0)], attributes, `n${i}`));
    for (const [step, [opType, own]] of ending.entries()) {
      const inputs = [name(step)];
      if (opType === 'Add') {
        constants[`a${i}`] = random(dims, seed + i + 2000);
        inputs.push(`a${i}`);
      }
      nodes.push(node(opType, inputs, [name(step + 1)], own));
    }
    outputs[last] = dims;
  }
  const x = random([2, CHANNELS, ...size], seed, 0.6);
  return { parts: { nodes, ...io({ x: x.dims }, outputs), constants }, x };
}

describe('a transposed convolution', () => {
  const cases = ([2, 1] as const).flatMap((rank) => [31, 32].map((seed) => ({ rank, seed })));

  describe.each(cases)('of $rank spatial axes, seed $seed', ({ rank, seed }) => {
    const { parts, x } = sweep(rank, seed);
    const bytes = model(parts);
    const expected = onMainThread(bytes, { x });

    it.each(['auto', ...algorithms().map(({ id }) => id)])(
      'agrees with its definition by %s',
      async (algorithm) => {
        await using session = await InferenceSession.create(bytes, { intraOpNumThreads: 2, algorithm });
        const { results, layers } = await traced(session, { x });
        for (const [name, tensor] of Object.entries(expected)) {
          expect(firstDifference(results[name]!, tensor, 1e-4, 1e-5), name).toBeUndefined();
        }
        expect(Object.keys(expected).length).toBeGreaterThan(50);
        const types = layers.map(({ opType }) => opType);
        expect(types.filter((type) => type === 'CopyIn')).toHaveLength(1);
        expect(types).not.toContain('Add');
        const ran = layers.filter(isConvolutionTrace).map((layer) => layer.algorithm);
        // No phase of the sweep has a kernel of 3 × 3.
        if (algorithm !== 'auto' && algorithm !== 'winograd') expect(ran).toContain(algorithm);
      },
    );
  });
});

describe('a transposed convolution', () => {
  it('that reads no input leaves its bias and what is added', async () => {
    const x = random([1, 2, 1, 1], 61);
    const attributes = { strides: [2, 2], dilations: [5, 5], output_padding: [4, 4], pads: [1, 1, 0, 0] };
    await runsNatively(
      {
        nodes: [
          node('ConvTranspose', ['x', 'w', 'b'], ['t'], attributes),
          node('Add', ['t', 'k'], ['s']),
          node('Relu', ['s'], ['y']),
        ],
        ...io({ x: x.dims }, { y: [1, 3, 4, 4] }),
        constants: { w: random([2, 3, 1, 1], 62), b: random([3], 63), k: random([1, 3, 4, 4], 64) },
      },
      x,
    );
  });

  it('of more phases than there may be convolutions runs in JavaScript, its sum apart', async () => {
    const x = random([1, 1, 2, 2], 65);
    const { layers } = await agrees(
      {
        nodes: [
          node('ConvTranspose', ['x', 'w'], ['t'], { strides: [65, 65], pads: [0, 1, 0, 0] }),
          node('Add', ['t', 'k'], ['y']),
        ],
        ...io({ x: x.dims }, { y: [1, 1, 130, 129] }),
        constants: { w: random([1, 1, 65, 65], 66), k: random([1, 1, 130, 129], 67) },
      },
      { x },
    );
    expect(layers.filter(isConvolutionTrace)).toEqual([]);
  });
});

describe('a transposed convolution whose stride is its kernel', () => {
  const x = random([1, 3, 4, 5], 41, 0.5);
  const parts = (
    attributes: Record<string, number | readonly number[]>,
    dims: readonly number[],
  ): ModelParts => ({
    nodes: [node('ConvTranspose', ['x', 'w', 'b'], ['y'], attributes, 'up')],
    ...io({ x: x.dims }, { y: dims }),
    constants: { w: random([3, 2, 2, 2], 42), b: random([2], 43) },
  });

  it('is one convolution for each row of phases, whose channels are neighbouring pixels', async () => {
    const { layers } = await agrees(parts({ strides: [2, 2] }, [1, 2, 8, 10]), { x });
    const phases = layers.filter(isConvolutionTrace);
    expect(phases.map(({ name, opType, weightShape }) => ({ name, opType, weightShape }))).toEqual([
      { name: 'up/phase-0', opType: 'ConvTranspose', weightShape: [4, 3, 1, 1] },
      { name: 'up/phase-1', opType: 'ConvTranspose', weightShape: [4, 3, 1, 1] },
    ]);
  });

  it('is one for each phase where pads part them', async () => {
    const { layers } = await agrees(parts({ strides: [2, 2], pads: [0, 1, 0, 0] }, [1, 2, 8, 9]), { x });
    expect(layers.filter(isConvolutionTrace).map(({ name }) => name)).toEqual([
      'up/phase-0-0',
      'up/phase-0-1',
      'up/phase-1-0',
      'up/phase-1-1',
    ]);
  });

  it('has a name for each of them in traces, plans and probes', async () => {
    const bytes = model(parts({ strides: [2, 2] }, [1, 2, 8, 10]));
    const plan = planFor(sha256(bytes), { 'up/phase-0': 'cps', 'up/phase-1': 'im2col' });
    await using session = await InferenceSession.create(bytes, { plan });
    const { layers } = await traced(session, { x });
    expect(layers.filter(isConvolutionTrace).map(({ algorithm }) => algorithm)).toEqual(['cps', 'im2col']);
    const visited: string[] = [];
    await session.probe({ x }, ({ name }) => {
      visited.push(name);
    });
    expect(visited).toEqual(['up/phase-0', 'up/phase-1']);
  });

  it('writes into a concatenation, of channels and of columns', async () => {
    const along = (axis: number, dims: readonly number[]): ModelParts => ({
      nodes: [
        node('ConvTranspose', ['x', 'w'], ['t'], { strides: [2, 2] }),
        node('ConvTranspose', ['x', 'v'], ['u'], { strides: [2, 2] }),
        node('Concat', ['t', 'u'], ['y'], { axis }),
      ],
      ...io({ x: x.dims }, { y: dims }),
      constants: { w: random([3, 2, 2, 2], 44), v: random([3, 2, 2, 2], 45) },
    });
    await runsNatively(along(1, [1, 4, 8, 10]), x);
    await runsNatively(along(3, [1, 2, 8, 20]), x);
  });
});

describe('special values in a transposed convolution', () => {
  const special = [Number.NaN, Number.POSITIVE_INFINITY, 0, -0, 1, -2];
  const shape = [1, 2, 4, 4];
  const x = float32(
    shape,
    Array.from({ length: 32 }, (_, i) => special[i % 6]!),
  );

  it.each(['auto', 'cps', 'cpo', 'direct', 'im2col'])(
    'of the input reach only the outputs that read them, by %s',
    async (algorithm) => {
      const parts: ModelParts = {
        nodes: [
          node('ConvTranspose', ['x', 'w'], ['y'], { strides: [2, 2], pads: [1, 1, 1, 1] }),
          node('ConvTranspose', ['x', 'v'], ['z'], { strides: [3, 2] }),
        ],
        ...io({ x: shape }, { y: [1, 3, 7, 7], z: [1, 3, 11, 8] }),
        constants: { w: random([2, 3, 3, 3], 51), v: random([2, 3, 2, 2], 52) },
      };
      const bytes = model(parts);
      await using session = await InferenceSession.create(bytes, { algorithm });
      const { results } = await traced(session, { x });
      for (const [name, tensor] of Object.entries(onMainThread(bytes, { x })))
        expect(firstDifference(results[name]!, tensor), name).toBeUndefined();
    },
  );

  it('of the weights keep sparse algorithms away from their phase alone', async () => {
    const weights = random([2, 3, 2, 3], 53);
    weights.data[1] = Number.NaN;
    const parts: ModelParts = {
      nodes: [node('ConvTranspose', ['x', 'w'], ['y'], { strides: [2, 2] }, 'up')],
      ...io({ x: shape }, { y: [1, 3, 8, 9] }),
      constants: { w: weights },
    };
    const bytes = model(parts);
    await using session = await InferenceSession.create(bytes, { algorithm: 'cps' });
    const { results, layers } = await traced(session, { x: random(shape, 54) });
    const expected = onMainThread(bytes, { x: random(shape, 54) });
    expect(firstDifference(results.y!, expected.y!)).toBeUndefined();
    const isSparse = new Map(
      layers.filter(isConvolutionTrace).map((layer) => [layer.name, layer.algorithm === 'cps']),
    );
    expect(Object.fromEntries(isSparse)).toEqual({
      'up/phase-0-0': true,
      'up/phase-0-1': false,
      'up/phase-1-0': true,
      'up/phase-1-1': true,
    });
  });
});
