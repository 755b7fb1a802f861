import { readFileSync } from 'node:fs';
import { algorithms } from '@zeroskip/kernels';
import { Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli.ts';
import type { LayerRoof } from '../../../src/commands/roofline/measure.ts';
import { type RooflineReport, rooflineText } from '../../../src/commands/roofline/text.ts';
import { writeNpy } from '../../../src/input/npy.ts';
import { WIDTH } from '../../../src/report/table.ts';
import { twoConvolutionsModel } from '../../support/network.ts';
import { recordingTerminal } from '../../support/terminal.ts';
import { temporaryFolder } from '../../support/workspace.ts';

const folder = temporaryFolder();
let model: string;
let array: string;
beforeAll(() => {
  model = folder.write('model.onnx', twoConvolutionsModel());
  const values = sparseValues(576, 0.5, 7);
  array = folder.write('x.npy', writeNpy(new Tensor('float32', values, [1, 3, 16, 12])));
});

async function roofline(...args: string[]) {
  const terminal = recordingTerminal();
  const file = folder.path('roofline.json');
  const status = await runCli(['roofline', ...args, '--json', file], terminal);
  const report = status === 0 ? (JSON.parse(readFileSync(file, 'utf8')) as RooflineReport) : undefined;
  return { status, report: report!, out: terminal.out, err: terminal.err };
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
    expect(out.split('\n').filter((line) => line.length > WIDTH)).toEqual([]);
  });

  it("tells each convolution's share of the peak, by the algorithms that are named", async () => {
    const args = ['--input', array, '--threads', '1', '--runs', '2', '--algorithms', 'im2col,cps'];
    const { status, err, out, report } = await roofline(model, ...args);
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
    expect(out.split('\n').filter((line) => line.length > WIDTH)).toEqual([]);
  });

  it('times numbers of threads in turns', async () => {
    const args = ['--input', array, '--threads', '2,1,2', '--runs', '2', '--algorithms', 'im2col,direct'];
    const { status, err, out, report } = await roofline(model, ...args);
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
    expect(out.split('\n').filter((line) => line.length > WIDTH)).toEqual([]);
  });

  it("times the session's own choice without names, on the layers that are named", async () => {
    const args = ['--input', array, '--threads', '1', '--runs', '1', '--layers', 'first'];
    const { report } = await roofline(model, ...args);
    expect(report.layers!.map(({ name }) => name)).toEqual(['first']);
    const [run] = report.layers![0]!.algorithms;
    expect(algorithms().map(({ id }) => id)).toContain(run!.algorithm);
  });

  it.each([
    ['a model without input', () => [model], 2, /one file for --input of roofline with a model, received 0/],
    ['two inputs', () => [model, '--inputs', array, array], 2, /received 2/],
    ['no number of threads', () => ['--threads', '1,x'], 2, /Expected an integer from 1 to 1024/],
    ['an unknown algorithm', () => ['--algorithms', 'fft'], 2, /Unknown algorithm "fft"/],
    ['layers that do not exist', () => [model, '--input', array, '--layers', 'x9'], 1, /for --layers/],
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
    const environment = {
      cpu: 'A Processor '.repeat(20),
      target: 'avx512',
      threads: 1024,
      node: '20.19.5',
      os: 'linux 6.18.44-very-long-kernel-name',
      arch: 'x64',
      processors: 1024,
      availableParallelism: 1024,
      memoryBytes: 2 ** 45,
      zeroskip: '0.0.0',
      commit: null,
      addonSha256: 'cd'.repeat(32),
      affinity: '0-1',
      cgroupProcessors: null,
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
      environment,
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
    expect(text.split('\n').filter((line) => line.length > WIDTH)).toEqual([]);
  });
});
