import { readFileSync } from 'node:fs';
import { algorithms } from '@zeroskip/kernels';
import { describe, expect, it } from 'vitest';
import type { LayerRoof, RooflineReport } from '../../../src/commands/roofline/measure.ts';
import { rooflineText } from '../../../src/commands/roofline/text.ts';
import { longEnvironment } from '../../support/fixtures.ts';
import { json, jsonLines, networkFolder, wideLines, zeroskip } from '../../support/zeroskip.ts';

const { folder, on } = networkFolder();

async function roofline(...args: string[]) {
  const file = folder.path('roofline.json');
  const ran = await zeroskip('roofline', ...args, '--json', file);
  return { ...ran, report: ran.status === 0 ? json<RooflineReport>(file) : undefined! };
}

describe('zeroskip roofline', () => {
  it('tells machine, instruction sets and peaks', async () => {
    const { status, err, out, report } = await roofline('--threads', '2');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(report.machine.fma.map(({ threads }) => threads)).toEqual([1, 2]);
    expect(report.targets.some(({ selected }) => selected)).toBe(true);
    expect(report.layers).toBeUndefined();
    expect(out).toMatch(/^multiply-adds, GFLOP\/s( +[\d.]+){4}$/m);
    expect(out).toMatch(/^(DRAM|256 MiB) read, GB\/s /m);
    expect(wideLines(out)).toEqual([]);
  });

  it("tells each convolution's share of the peak, by the algorithms that are named", async () => {
    const args = ['--input', folder.array, '--threads', '1', '--runs', '2', '--algorithms', 'im2col,cps'];
    const { status, err, out, report } = await roofline(folder.model, ...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const [first, second] = report.layers as [LayerRoof, LayerRoof];
    expect([first.name, second.name]).toEqual(['first', 'second']);
    expect(second.operations).toBe(2 * 8 * 6 * 4 * 8 * 9);
    expect(second.bytes).toBe(4 * (8 * 16 * 12 + 4 * 8 * 9 + 4 * 8 * 6));
    expect(second.nonZeroOperations).toBeLessThan(second.operations);
    expect(second.peaks.map(({ threads, slices }) => [threads, slices.length])).toEqual([[1, 4]]);
    expect(second.algorithms.map(({ algorithm, sparse }) => [algorithm, sparse])).toEqual([
      ['cps', true],
      ['im2col', false],
    ]);
    for (const run of [...first.algorithms, ...second.algorithms]) {
      expect(run.samplesMs.length).toBeGreaterThanOrEqual(2);
      expect(run.encodeMs).toHaveLength(run.samplesMs.length);
      expect(run.dense.share).toBeGreaterThan(0);
      expect(run.nonZero.gflops).toBeLessThanOrEqual(run.dense.gflops);
    }
    expect(second.algorithms[0]!.intensity).toBe(second.nonZeroOperations / second.bytes);
    expect(second.algorithms[1]!.intensity).toBe(second.operations / second.bytes);
    expect(out).toMatch(/^ {2}cps .* \/ \d+ % .* \/ \d+ % +\d+ {2}(FMA|DRAM)$/m);
    expect(wideLines(out)).toEqual([]);
  });

  it('times numbers of threads in turns', async () => {
    const args = [
      '--input',
      folder.array,
      '--threads',
      '2,1,2',
      '--runs',
      '2',
      '--algorithms',
      'im2col,direct',
    ];
    const { status, err, out, report } = await roofline(folder.model, ...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(report.environment.threads).toBe(2);
    for (const layer of report.layers!) {
      expect(layer.peaks.map(({ threads, slices }) => [threads, slices.length])).toEqual([
        [2, 4],
        [1, 4],
      ]);
      expect(layer.algorithms.map(({ algorithm, threads }) => [algorithm, threads])).toEqual([
        ['direct', 2],
        ['direct', 1],
        ['im2col', 2],
        ['im2col', 1],
      ]);
    }
    expect(out.match(/^ {2}direct, 2 +[\d.]+ +\d+ \/ /gm)).toHaveLength(2);
    expect(out.match(/^ {2}direct, 1 +[\d.]+ .* \d+\.\d\d \/ \d+\.\d\d$/gm)).toHaveLength(2);
    expect(wideLines(out)).toEqual([]);
  });

  it("times the session's own choice without names, on the layers that are named", async () => {
    const args = ['--input', folder.array, '--threads', '1', '--runs', '1', '--layers', 'first'];
    const { report } = await roofline(folder.model, ...args);
    expect(report.layers!.map(({ name }) => name)).toEqual(['first']);
    const [run] = report.layers![0]!.algorithms;
    expect(algorithms().map(({ id }) => id)).toContain(run!.algorithm);
  });

  it('writes its rows in every form', async () => {
    const path = (form: string) => folder.path(`roofline.${form}`);
    const files = ['json', 'jsonl', 'html'].flatMap((form) => [`--${form}`, path(form)]);
    const args = ['--threads', '1', '--algorithms', 'im2col,cps', '--runs', '1', ...files];
    const { status, err } = await on('roofline', ...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const rows = jsonLines(path('jsonl'));
    const { layers } = json<RooflineReport>(path('json'));
    const times = layers!.flatMap((layer) => layer.algorithms.map(({ ms }) => ms));
    expect(rows.map(({ ms }) => ms)).toEqual(times);
    expect(readFileSync(path('html'), 'utf8').match(/<svg/g)).toHaveLength(2);
  });

  it.each([
    [
      'a model without input',
      () => [folder.model],
      2,
      /one file for --input of roofline with a model, received 0/,
    ],
    ['two inputs', () => [folder.model, '--inputs', folder.array, folder.array], 2, /received 2/],
    ['no number of threads', () => ['--threads', '1,x'], 2, /Expected an integer from 1 to 1024/],
    ['an unknown algorithm', () => ['--algorithms', 'fft'], 2, /Unknown algorithm "fft"/],
    [
      'layers that do not exist',
      () => [folder.model, '--input', folder.array, '--layers', 'x9'],
      1,
      /for --layers/,
    ],
  ])('refuses %s', async (_, args, expected, message) => {
    const { status, err } = await roofline(...args());
    expect(err).toMatch(message);
    expect(status).toBe(expected);
  });
});

describe('rooflineText', () => {
  it('fits its width whatever the names', () => {
    const rate = { gflops: 123456, share: 12.34 };
    const layer: LayerRoof = {
      name: '/a/very/long/name'.repeat(9),
      inputShape: [1, 65536, 16384, 16384],
      weightShape: [65536, 1, 11, 11],
      strides: [16, 15],
      dilations: [12, 11],
      pads: [0, 0, 0, 0],
      group: 65536,
      density: 0.5,
      operations: 1,
      nonZeroOperations: 1,
      bytes: 1,
      peaks: [
        { threads: 1, slices: [1] },
        { threads: 1024, slices: [1] },
      ],
      algorithms: [1, 1024].map((threads) => ({
        algorithm: 'an-algorithm-with-a-long-name',
        threads,
        parameters: {},
        sparse: true,
        samplesMs: [1],
        encodeMs: [1],
        computeMs: [1],
        ms: 123456,
        dense: rate,
        denseCompute: rate,
        nonZero: rate,
        nonZeroCompute: rate,
        intensity: 123456,
        bound: 'memory',
      })),
    };
    const rates = (threads: number) => ({
      kind: 'read' as const,
      threads,
      bytes: 2 ** 27,
      slices: [12345],
      median: 12345,
      max: 12345,
    });
    const text = rooflineText({
      environment: longEnvironment,
      targets: [{ name: 'avx512', supported: false, selected: false, vectorBytes: 64 }],
      machine: {
        target: 'avx512',
        fma: [rates(1), rates(1024)],
        memory: [
          { ...rates(1), level: '256 MiB' },
          { ...rates(1024), level: '256 MiB', bytes: 2 ** 17 },
        ],
      },
      layers: [layer],
    });
    expect(wideLines(text)).toEqual([]);
  });
});
