import { type ConvSpec, convSpec, weightCount } from '@zeroskip/tensor';
import { edgeCases } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import {
  algorithms,
  Convolution,
  coreRates,
  estimateMs,
  estimates,
  type MachineRates,
  type MapStatistics,
  mapStatistics,
  refusal,
} from '../src/index.ts';

const spec = convSpec({ inChannels: 128, outChannels: 256, kernel: [3, 3], pads: [1, 1, 1, 1] });
const input = [1, 128, 64, 64] as const;
const core = { gflops: 100, l2: 100, memory: 20 };
const map = (density: number): MapStatistics => ({ density, sets: 1 - (1 - density) ** 4 });
const estimate = (id: string, density: number, rates = core) =>
  estimateMs(id, spec, input, map(density), rates);

describe('estimateMs', () => {
  it('grows with the density for sparse algorithms, and does not depend on it for the others', () => {
    for (const { id, sparse } of algorithms()) {
      const [low, high] = [estimate(id, 0.2), estimate(id, 0.6)];
      if (sparse) expect(high).toBeGreaterThan(low * 1.5);
      else expect(high).toBe(low);
    }
  });

  it('is never less than the multiply-adds take at the peak', () => {
    const gigaflops = (2 * 64 * 64 * 128 * 256 * 9) / 1e9;
    const peakMs = (gigaflops / core.gflops) * 1e3;
    for (const { id, sparse, strict } of algorithms()) {
      const least = strict ? (sparse ? peakMs / 2 : peakMs) : peakMs / 4;
      expect(estimate(id, 0.5)).toBeGreaterThan(least);
      expect(estimate(id, 0.5)).toBeLessThan(peakMs * 1000);
    }
  });

  it('is half on a machine of twice the rates', () => {
    const twice = { gflops: 200, l2: 200, memory: 40 };
    for (const { id } of algorithms()) expect(estimate(id, 0.3, twice)).toBeCloseTo(estimate(id, 0.3) / 2, 6);
  });

  it('prefers the sparse algorithm on sparse maps and the dense one on dense maps', () => {
    expect(estimate('cps', 0.2)).toBeLessThan(estimate('direct', 0.2));
    expect(estimate('cps', 1)).toBeGreaterThan(estimate('direct', 1));
  });

  it('is a finite time for every edge case that an algorithm takes', () => {
    let count = 0;
    for (const { spec, batch, input: size } of edgeCases()) {
      const dims = [batch, spec.inChannels, ...size] as const;
      for (const { id } of algorithms()) {
        if (refusal(id, spec, size) !== undefined) continue;
        const ms = estimateMs(id, spec, dims, map(0.4), core);
        expect(ms).toBeGreaterThan(0);
        expect(ms).toBeLessThan(1e6);
        count++;
      }
    }
    expect(count).toBeGreaterThan(1000);
  });

  it.each<[string, () => number, RegExp]>([
    ['an unknown algorithm', () => estimate('fft', 0.5), /Unknown algorithm "fft"/],
    ['a share above 1', () => estimateMs('cps', spec, input, { density: 2, sets: 1 }, core), /for density/],
    ['a rate of 0', () => estimate('cps', 0.5, { ...core, l2: 0 }), /a rate above 0 for l2/],
    [
      'an input that is too small',
      () => estimateMs('cps', { ...spec, pads: [0, 0, 0, 0] } as ConvSpec, [1, 128, 2, 2], map(1), core),
      /Expected/,
    ],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});

describe('estimates', () => {
  it('are of the algorithms that take the layer, as each alone', () => {
    for (const { spec, batch, input: size } of edgeCases()) {
      const dims = [batch, spec.inChannels, ...size] as const;
      const taking = algorithms().filter(({ id }) => refusal(id, spec, size) === undefined);
      const expected = taking.map(({ id }) => [id, estimateMs(id, spec, dims, map(0.4), core)]);
      const all = estimates(spec, dims, map(0.4), core);
      expect(all.map(({ algorithm, ms }) => [algorithm.id, ms])).toEqual(expected);
    }
  });

  it('leave out algorithms that refuse the weights', () => {
    const weights = new Float32Array(weightCount(spec)).fill(1);
    weights[5] = Number.POSITIVE_INFINITY;
    const ids = estimates(spec, input, map(0.4), core, weights).map(({ algorithm }) => algorithm.id);
    expect(ids).toEqual(
      algorithms().flatMap(({ id }) => (refusal(id, spec, [64, 64], weights) === undefined ? [id] : [])),
    );
    expect(ids).not.toContain('cps');
  });

  it('have the bytes that a convolution packs, but for its bias', () => {
    const weights = new Float32Array(weightCount(spec)).fill(1);
    const bytes = new Map<string, number>();
    for (const { algorithm, packedBytes } of estimates(spec, input, map(0.4), core)) {
      using convolution = new Convolution(spec, weights, undefined, { algorithm: algorithm.id });
      const bias = convolution.packedBytes - packedBytes;
      expect(bias).toBeGreaterThanOrEqual(4 * spec.outChannels);
      expect(bias).toBeLessThan(4 * spec.outChannels + 1024);
      bytes.set(algorithm.id, packedBytes);
    }
    expect(bytes.get('winograd')).toBe(4 * bytes.get('direct')!);
  });
});

describe('mapStatistics', () => {
  it('counts values and sets of four columns', () => {
    const rows = [
      [1, 0, 0, 0, 0, 2],
      [0, 0, 0, 0, 0, 0],
    ];
    expect(mapStatistics(Float32Array.from(rows.flat()), 6)).toEqual({ density: 2 / 12, sets: 2 / 4 });
    expect(mapStatistics(new Float32Array(0), 6)).toEqual({ density: 0, sets: 0 });
  });
});

describe('coreRates', () => {
  const rates = (threads: number, median: number) => ({
    threads,
    bytes: 1,
    slices: [median],
    median,
    max: median,
  });
  const read = (level: string, threads: number, median: number) => ({
    ...rates(threads, median),
    kind: 'read' as const,
    level,
  });
  const machine: MachineRates = {
    target: 'avx2',
    fma: [
      { ...rates(1, 90), kind: 'fma' },
      { ...rates(2, 180), kind: 'fma' },
    ],
    memory: [
      read('L1', 1, 300),
      read('L2', 1, 100),
      read('L2', 2, 190),
      read('DRAM', 1, 15),
      read('DRAM', 2, 20),
    ],
  };

  it('are those of one thread', () => {
    expect(coreRates(machine)).toEqual({ gflops: 90, l2: 100, memory: 15 });
  });

  it('cannot be had from several threads', () => {
    expect(() => coreRates({ ...machine, fma: machine.fma.slice(1) })).toThrow(/rates of one thread/);
  });
});
