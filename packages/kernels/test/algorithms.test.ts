import { convSpec } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import {
  addonPath,
  algorithm,
  algorithms,
  Convolution,
  encodableFormats,
  refusal,
  selectTarget,
  targets,
  weightsFitAll,
} from '../src/index.ts';

const spec = convSpec({ inChannels: 8, outChannels: 8, kernel: [3, 3], pads: [1, 1, 1, 1] });
const weights = new Float32Array(8 * 8 * 9).fill(0.5);

describe('algorithms', () => {
  it('are listed with the reference last', () => {
    const ids = algorithms().map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['cps', 'cpo', 'im2col']));
    expect(ids.at(-1)).toBe('reference');
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('answer an unknown id with the valid ones', () => {
    expect(() => algorithm('fft')).toThrowError(
      expect.objectContaining({ code: 'ERR_UNKNOWN_ALGORITHM', expected: expect.stringContaining('im2col') }),
    );
  });

  it('that skip zeros refuse weights that are not finite, with a reason', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const broken = weights.with(17, bad);
      for (const { id, sparse } of algorithms().filter(({ strict }) => strict)) {
        const reason = refusal(id, spec, [16, 16], broken);
        if (sparse) expect(reason).toMatch(/NaN or infinite/);
        else expect(reason).toBe(refusal(id, spec, [16, 16], weights));
        const create = () => new Convolution(spec, broken, undefined, { algorithm: id }).release();
        if (reason === undefined) expect(create).not.toThrow();
        else expect(create).toThrowError(expect.objectContaining({ code: 'ERR_REFUSED', received: reason }));
      }
    }
  });

  it('that transform weights refuse those that are not finite or huge, with a reason', () => {
    const transforming = algorithms().filter(({ strict }) => !strict);
    expect(transforming.map(({ id }) => id)).toEqual(['winograd']);
    for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY, -(2 ** 101)]) {
      const broken = weights.with(17, bad);
      expect(refusal('winograd', spec, [16, 16], broken)).toMatch(/NaN, infinite or larger than 2\^100/);
      expect(weightsFitAll(broken)).toBe(false);
    }
    expect(refusal('winograd', spec, [16, 16], weights.with(17, 2 ** 100))).toBeUndefined();
    expect(weightsFitAll(weights)).toBe(true);
  });

  it('refuse to pack what they take of no size, before native code sees it', () => {
    const pointwise = convSpec({ inChannels: 8, outChannels: 8, kernel: [1, 1] });
    expect(
      () => new Convolution(pointwise, new Float32Array(64), undefined, { algorithm: 'winograd' }),
    ).toThrowError(
      expect.objectContaining({ code: 'ERR_REFUSED', received: expect.stringMatching(/3 x 3/) }),
    );
  });

  it('refuse depthwise layers where an index would cost more than it saves', () => {
    const depthwise = convSpec({ inChannels: 8, outChannels: 8, kernel: [3, 3], group: 8 });
    expect(refusal('cps', depthwise, [16, 16])).toMatch(/one input channel per group/);
    for (const id of encodableFormats) expect(refusal(id, depthwise, [16, 16])).toBeUndefined();
  });
});

describe('Convolution', () => {
  const create = (w = weights, bias?: Float32Array) =>
    new Convolution(spec, w, bias, { algorithm: 'im2col' });

  it('names the number of weights and of biases that it expects', () => {
    expect(() => create(new Float32Array(7))).toThrow('Expected 576 values for weights, received 7.');
    expect(() => create(weights, new Float32Array(9))).toThrow('Expected 8 values for bias, received 9.');
  });

  it('refuses parameters that the algorithm does not have', () => {
    expect(
      () => new Convolution(spec, weights, undefined, { algorithm: 'im2col', parameters: { tile: 4 } }),
    ).toThrow('Expected no parameters for algorithm im2col for parameters, received "tile".');
  });

  it('cannot be used once released, and can be released twice', () => {
    const convolution = create();
    expect(convolution.packedBytes).toBeGreaterThan(576 * 4);
    convolution.release();
    convolution.release();
    expect(() => convolution.packedBytes).toThrowError(expect.objectContaining({ code: 'ERR_RELEASED' }));
  });
});

describe('targets', () => {
  const plainest = addonPath().endsWith('.wasm') ? 'wasm' : 'scalar';

  it('are run-time choices, from the plainest one up', () => {
    expect(targets()[0]).toMatchObject({ name: plainest, supported: true });
    expect(targets().filter(({ selected }) => selected)).toHaveLength(1);
  });

  it('answer an unknown name with the supported ones', () => {
    expect(() => selectTarget('mmx')).toThrow(
      new RegExp(`Expected one of ${plainest}.* for the target, received "mmx"`),
    );
  });
});
