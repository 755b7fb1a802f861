import { convSpec } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import {
  algorithms,
  Convolution,
  denseView,
  type ElementwiseInstruction,
  elementwiseLimits,
  estimateMs,
  Program,
  refusal,
  type Step,
  type View,
} from '../../src/index.ts';

const one = denseView(0, 1, 1, 1, 1);

function elementwise(code: ElementwiseInstruction[], views: { inputs?: View[]; output?: View } = {}): Step {
  return { op: 'elementwise', inputs: [one], output: denseView(1, 1, 1, 1, 1), ...views, code };
}

function matmul(views: { a?: View; b?: View; output?: View }): Step {
  const [a, b, output] = [denseView(0, 1, 1, 2, 3), denseView(6, 1, 1, 3, 4), denseView(18, 1, 1, 2, 4)];
  return { op: 'matmul', transposed: false, a, b, output, ...views };
}

describe('a program', () => {
  it.each<[string, object, string]>([
    ['an input of other channels', { input: denseView(0, 1, 4, 4, 3) }, 'ERR_INVALID_SHAPE'],
    ['an output of other dims', { output: denseView(32, 1, 4, 5, 3) }, 'ERR_INVALID_SHAPE'],
    ['an output of another batch', { output: denseView(32, 2, 4, 4, 3) }, 'ERR_INVALID_SHAPE'],
    [
      'pixels that overlap',
      { output: { ...denseView(32, 1, 4, 4, 3), pixelStride: 2 } },
      'ERR_INVALID_ARGUMENT',
    ],
    [
      'rows that overlap',
      { output: { ...denseView(32, 1, 4, 4, 3), rowStride: 11 } },
      'ERR_INVALID_ARGUMENT',
    ],
    [
      'images that overlap',
      { output: { ...denseView(32, 1, 4, 4, 3), rowStride: 13, imageStride: 50 } },
      'ERR_INVALID_ARGUMENT',
    ],
    ['a negative offset', { input: { ...denseView(0, 1, 4, 4, 2), offset: -1 } }, 'ERR_INVALID_ARGUMENT'],
    [
      'more pixels than 32 bits count',
      { input: denseView(0, 2 ** 20, 2 ** 20, 2, 2) },
      'ERR_INVALID_ARGUMENT',
    ],
  ])('refuses a convolution with %s', (_what, changed, code) => {
    const spec = convSpec({ inChannels: 2, outChannels: 3, kernel: [1, 1] });
    using convolution = new Convolution(spec, new Float32Array(6), undefined, { algorithm: 'direct' });
    const input = denseView(0, 1, 4, 4, 2);
    const step = { op: 'conv', convolution, input, output: denseView(32, 1, 4, 4, 3), ...changed } as Step;
    expect(() => new Program([step])).toThrow(expect.objectContaining({ code }));
  });

  it.each<[string, Step]>([
    [
      'an element-wise step that changes dims',
      elementwise([{ function: 'abs', a: 0 }], {
        inputs: [denseView(0, 1, 2, 2, 2)],
        output: denseView(8, 1, 2, 3, 2),
      }),
    ],
    ['an unknown function', elementwise([{ function: 'sine' as 'abs', a: 0 }])],
    ['a function of two values with one', elementwise([{ function: 'add', a: 0 }])],
    ['a function of one value with two', elementwise([{ function: 'abs', a: 0, b: 0 }])],
    ['a value that is not there yet', elementwise([{ function: 'abs', a: 1 }])],
    ['a second value that is not there', elementwise([{ function: 'add', a: 0, b: -1 }])],
    ['a parameter that is no number', elementwise([{ function: 'clip', a: 0, alpha: '1' as never }])],
    ['no input', elementwise([], { inputs: [] })],
    [
      'more inputs than there are registers for',
      elementwise([], { inputs: new Array<View>(elementwiseLimits.inputs + 1).fill(one) }),
    ],
    [
      'more instructions than there are registers for',
      elementwise(new Array(elementwiseLimits.instructions + 1).fill({ function: 'abs', a: 0 })),
    ],
    [
      'a resize that reads past the map',
      {
        op: 'resize',
        rows: { low: Int32Array.of(0), high: Int32Array.of(2), weight: Float32Array.of(0) },
        columns: { low: Int32Array.of(0), high: Int32Array.of(1), weight: Float32Array.of(0) },
        input: denseView(0, 1, 2, 2, 1),
        output: denseView(4, 1, 1, 1, 1),
      },
    ],
    ['matrices of other shared axes', matmul({ b: denseView(6, 1, 1, 2, 4) })],
    ['matrices without a shared axis', matmul({ a: denseView(0, 1, 1, 2, 0), b: denseView(6, 1, 1, 0, 4) })],
    ['matrices of other images', matmul({ a: denseView(0, 2, 1, 2, 3) })],
    ['a product of other rows', matmul({ output: denseView(18, 1, 1, 3, 4) })],
    [
      'an operand that does not broadcast',
      elementwise([{ function: 'add', a: 0, b: 1 }], {
        inputs: [denseView(0, 1, 2, 2, 2), denseView(8, 1, 3, 1, 2)],
        output: denseView(16, 1, 2, 2, 2),
      }),
    ],
    [
      'an unknown step',
      { op: 'sort', input: denseView(0, 1, 1, 1, 1), output: denseView(0, 1, 1, 1, 1) } as never,
    ],
  ])('refuses %s', (_what, step) => {
    expect(() => new Program([step])).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_/) }),
    );
  });

  it('refuses, in JavaScript, specs and activations that native code does not know', () => {
    const spec = convSpec({ inChannels: 2, outChannels: 2, kernel: [1, 1] });
    const coded = expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_/) });
    for (const broken of [{ group: 0 }, { strides: [0, 1] }, { dilations: [1] }, { pads: [0, -1, 0, 0] }]) {
      expect(() => refusal('cps', { ...spec, ...broken } as never, [4, 4])).toThrow(coded);
    }
    for (const activation of [{ name: 'selu' }, { name: 'clip', alpha: '0' }]) {
      const options = { algorithm: 'direct', activation } as never;
      expect(() => new Convolution(spec, new Float32Array(4), undefined, options)).toThrow(coded);
    }
  });

  it('refuses to estimate for more pixels than native code counts', () => {
    const spec = convSpec({ inChannels: 2, outChannels: 3, kernel: [2, 3], pads: [1, 0, 1, 0] });
    const coded = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
    const rates = { gflops: 100, l2: 100, memory: 10 };
    for (const { id } of algorithms()) {
      expect(() =>
        estimateMs(id, spec, [2 ** 20, 2, 5, 2 ** 20], { density: 0.5, sets: 0.6 }, rates),
      ).toThrow(coded);
      if (refusal(id, spec, [5, 6]) !== undefined) continue;
      using convolution = new Convolution(spec, new Float32Array(36), undefined, { algorithm: id });
      expect(() => convolution.workspaceBytes([5, 2 ** 20], { batch: 2 ** 20 })).toThrow(coded);
      // A dilation far beyond the map, on many images.
      const wide = convSpec({
        ...spec,
        dilations: [2 ** 12, 2 ** 12],
        pads: [2 ** 12, 2 ** 13, 2 ** 12, 2 ** 13],
      });
      if (refusal(id, wide, [1, 1]) !== undefined) continue;
      using dilated = new Convolution(wide, new Float32Array(36), undefined, { algorithm: id });
      expect(dilated.workspaceBytes([1, 1], { batch: 2, threads: 2 })).toBeGreaterThanOrEqual(0);
    }
  });

  it('refuses an addend of other dims than the output', () => {
    const spec = convSpec({ inChannels: 2, outChannels: 3, kernel: [1, 1] });
    const convolution = new Convolution(spec, new Float32Array(6), undefined, { algorithm: 'direct' });
    const step = {
      op: 'conv',
      convolution,
      input: denseView(0, 1, 2, 2, 2),
      output: denseView(8, 1, 2, 2, 3),
      addend: denseView(20, 1, 2, 1, 3),
    } as const;
    expect(() => new Program([step])).toThrow(/steps\[0\] \(conv\) addend\.w, received 1/);
    convolution.release();
  });
});
