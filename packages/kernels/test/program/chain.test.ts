import { type ConvSpec, convSpec, outputSize, type Pads } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { afterAll, describe, expect, it } from 'vitest';
import {
  Convolution,
  chainRefusal,
  denseView,
  Program,
  Reads,
  type Step,
  selectTarget,
  targets,
  type View,
} from '../../src/index.ts';

const supported = targets().filter((target) => target.supported);
afterAll(() => selectTarget(supported.at(-1)!.name));

interface Link extends Partial<ConvSpec> {
  readonly channels: number;
  readonly algorithm?: string;
  /** Adds a map to the result. */
  readonly adds?: 'before' | 'after';
}

const pads = (...values: Pads): Pads => values;
const pointwise = (channels: number): Link => ({ channels, kernel: [1, 1] });
const depthwise = (channels: number, stride = 1): Link => ({
  channels,
  group: channels,
  kernel: [3, 3],
  pads: pads(1, 1, 1, 1),
  strides: [stride, stride],
});

/** Their maps are larger than what a chain keeps of them. */
const chains: Record<string, { readonly size: readonly [number, number, number]; readonly links: Link[] }> = {
  'an inverted residual': {
    size: [1, 64, 200],
    links: [pointwise(20), depthwise(20), { ...pointwise(7), adds: 'after' }],
  },
  'strides, and rows that they leave unread': {
    size: [1, 160, 240],
    links: [
      { channels: 8, kernel: [3, 3], pads: pads(1, 1, 1, 1) },
      depthwise(8, 2),
      { channels: 9, kernel: [2, 2], strides: [2, 2] },
    ],
  },
  'pads and kernels of many sizes': {
    size: [1, 61, 640],
    links: [
      { channels: 4, kernel: [5, 3], pads: pads(0, 2, 4, 0), adds: 'before' },
      { channels: 6, kernel: [4, 1], pads: pads(3, 0, 1, 0) },
      { channels: 5, kernel: [7, 7], pads: pads(3, 3, 3, 3) },
    ],
  },
  'dilations, groups and lowering': {
    size: [1, 50, 300],
    links: [
      { channels: 8, kernel: [3, 3], dilations: [3, 2], pads: pads(3, 2, 3, 2), algorithm: 'im2col' },
      { channels: 12, group: 4, kernel: [3, 1], pads: pads(2, 0, 2, 0) },
      { ...pointwise(33), algorithm: 'im2col' },
    ],
  },
  'several images': { size: [3, 33, 1600], links: [depthwise(4), depthwise(4, 2)] },
};

/** The same steps as one chain and apart, and what both make of random values. */
function runBoth({ size: [n, h, w], links }: (typeof chains)[string], threads: number) {
  let end = 0;
  const place = (...dims: [number, number, number, number]): View => {
    const [images, rows, columns, channels] = dims;
    // Wider than its channels, as in concatenations.
    const view = { ...denseView(end, ...dims), pixelStride: channels + 1 };
    end += images * rows * columns * (channels + 1);
    return view;
  };
  const steps: Step[] = [];
  let input = place(n, h, w, links[0]!.group ?? 3);
  for (const [i, { channels, algorithm = 'direct', adds, ...rest }] of links.entries()) {
    const spec = convSpec({ inChannels: input.c, outChannels: channels, kernel: [1, 1], ...rest });
    const weights = sparseValues(
      (spec.outChannels * spec.inChannels * spec.kernel[0] * spec.kernel[1]) / spec.group,
      1,
      i,
    );
    const convolution = new Convolution(spec, weights, sparseValues(channels, 1, 9), {
      algorithm,
      activation: { name: i % 2 === 0 ? 'relu' : 'hardSwish' },
    });
    const [rows, columns] = outputSize(spec, [input.h, input.w]);
    const addend = adds && place(n, rows, columns, channels);
    const output = place(n, rows, columns, channels);
    steps.push({
      op: 'conv',
      convolution,
      input,
      output,
      ...(addend && { addend, addFirst: adds === 'before' }),
    });
    input = output;
  }
  const values = sparseValues(end, 0.7, 5);
  const run = (all: readonly Step[]) => {
    const program = new Program(all);
    const run = program.createRun(end);
    run.write(0, values);
    const before = run.readView(steps[0]!.output);
    // Not `execute`, which does as little as this on one thread.
    const { traces } = run.executeAndReadNow(new Reads([]), { threads, countNonZeros: true });
    const result = run.readView(input);
    const isKept = run.readView(steps[0]!.output).some((value, i) => value !== before[i]);
    run.release();
    program.release();
    return { result, isKept, nonZeros: traces.map((trace) => trace.nonZeros) };
  };
  const [head, ...others] = steps;
  return {
    apart: run(steps),
    chained: run([{ ...head!, chain: links.length } as Step, ...others]),
  };
}

describe.each(supported.map(({ name }) => name))('a chain on %s', (target) => {
  it.each(Object.keys(chains))('has the bits of its convolutions: %s', (name) => {
    selectTarget(target);
    for (const threads of [1, 2, 3]) {
      const { apart, chained } = runBoth(chains[name]!, threads);
      // Faster than `toEqual` by far.
      expect(chained.result.findIndex((value, i) => !Object.is(value, apart.result[i]))).toBe(-1);
      expect(chained.nonZeros).toEqual(apart.nonZeros);
    }
  });
});

describe('a chain', () => {
  const chain = chains['an inverted residual']!;

  it('does not write the maps between its convolutions, which its convolutions apart do', () => {
    const { apart, chained } = runBoth(chain, 2);
    expect([apart.isKept, chained.isKept]).toEqual([true, false]);
  });

  it('runs apart where its threads would have few rows each', () => {
    expect(runBoth(chain, 9).chained.isKept).toBe(true);
  });

  const spec = convSpec({ inChannels: 2, outChannels: 2, kernel: [3, 3], pads: [1, 1, 1, 1] });
  const convolution = (algorithm = 'direct', options = {}) =>
    new Convolution({ ...spec, ...options }, sparseValues(36, 1, 1), undefined, { algorithm });
  const conv = (from: number, to: number, options: object = {}): Step => {
    const [input, output] = [denseView(from * 200, 1, 10, 10, 2), denseView(to * 200, 1, 10, 10, 2)];
    return { op: 'conv', convolution: convolution(), input, output, ...options };
  };

  it.each<[string, Step[], string]>([
    ['no whole number', [conv(0, 1, { chain: 1.5 }), conv(1, 2)], 'steps[0] (conv) chain'],
    ['one convolution', [conv(0, 1, { chain: 1 }), conv(1, 2)], 'steps[0] (conv) chain'],
    ['more convolutions than there are', [conv(0, 1, { chain: 3 }), conv(1, 2)], 'steps[0] (conv) chain'],
    [
      'more convolutions than a chain has',
      Array.from({ length: 17 }, (_, i) => conv(i, i + 1, i === 0 ? { chain: 17 } : {})),
      'steps[0] (conv) chain',
    ],
    ['an input that is not the output before', [conv(0, 1, { chain: 2 }), conv(3, 2)], 'outputs before'],
    [
      'another step',
      [
        conv(0, 1, { chain: 2 }),
        { op: 'softmax', input: denseView(200, 1, 10, 10, 2), output: denseView(400, 1, 10, 10, 2) },
      ],
      'softmax',
    ],
    [
      'a convolution beside one',
      [conv(0, 1, { chain: 2 }), conv(1, 2, { dense: convolution('im2col') })],
      'without another beside them',
    ],
    [
      'an algorithm that skips zeros',
      [conv(0, 1, { chain: 2, convolution: convolution('cps') }), conv(1, 2)],
      'algorithm cps does not compute rows',
    ],
  ])('refuses %s', (_, steps, message) => {
    expect(() => new Program(steps)).toThrow(message);
  });

  it('takes no convolution with rows over the border alone, or that leaves rows out', () => {
    expect(chainRefusal(convolution('direct', { pads: [3, 1, 0, 1] }))).toContain('border');
    expect(chainRefusal(convolution('direct', { strides: [4, 1] }))).toContain('leaves out rows');
    expect(chainRefusal(convolution('direct', { strides: [3, 1], pads: [2, 1, 2, 1] }))).toBeUndefined();
  });
});
