import { readFileSync } from 'node:fs';
import { density } from '@zeroskip/formats';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli.ts';
import type { BenchReport } from '../../../src/commands/bench/report.ts';
import { sum } from '../../../src/statistics.ts';
import { Interrupted } from '../../../src/terminal.ts';
import { recordingTerminal } from '../../support/terminal.ts';
import { json, jsonLines, networkFolder, values, wideLines, zeroskip } from '../../support/zeroskip.ts';

const { folder, words, on } = networkFolder();

describe('zeroskip bench', () => {
  it('writes every figure', async () => {
    const file = folder.path('all.json');
    const args = words('--threads 1 --peers onnxruntime --runs 3 --json @all.json');
    const { status, out, err } = await on('bench', ...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const report = json<BenchReport>(file);
    expect(report.environment).toMatchObject({ threads: 1, node: process.versions.node });
    expect(report.environment.peers.onnxruntime).toMatch(/^\d+\.\d+\.\d+$/);
    expect(report.model).toEqual({
      path: folder.model,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(report.contenders.map(({ name, samplesMs }) => [name, samplesMs.length])).toEqual([
      ['zeroskip (im2col)', 3],
      ['zeroskip (auto)', 3],
      ['onnxruntime', 3],
    ]);
    expect(report.layers).toMatchObject([
      {
        name: 'first',
        inputShape: [1, 3, 16, 12],
        weightShape: [8, 3, 3, 3],
        strides: [1, 1],
        dilations: [1, 1],
        group: 1,
        algorithm: expect.any(String),
        encodeMs: expect.any(Number),
        computeMs: expect.any(Number),
        im2colMs: expect.any(Number),
        bytes: {
          im2col: 4 * 16 * 12 * 9 * 3,
          mec: 4 * 12 * 18 * 3 * 3,
          cpo: expect.any(Number),
          cps: expect.any(Number),
        },
      },
      { name: 'second', inputShape: [1, 8, 16, 12], strides: [2, 2] },
    ]);
    expect(report.layers[0]!.density).toBe(density(values));
    for (const { name, exactness } of report.layers) {
      // The second one has a sigmoid fused, which is not exact itself.
      if (name === 'second') expect(exactness).toBeUndefined();
      else expect(exactness).toMatchObject({ outputs: 256 });
    }
    expect(report.layers[0]!.exactness!.ofBound).toBeGreaterThan(0);
    expect(report.layers[0]!.exactness!.ofBound).toBeLessThanOrEqual(1);
    for (const contender of ['zeroskip (im2col)', 'zeroskip (auto)']) {
      const own = report.verification.filter((entry) => entry.contender === contender);
      expect(own.map(({ output }) => output).sort()).toEqual(['features', 'y']);
      for (const { against, maxAbsDiff } of own) {
        expect(against).toBe('onnxruntime');
        expect(maxAbsDiff).toBeLessThan(1e-5);
      }
    }
    expect(out).toContain('whole network');
    expect(wideLines(out).filter((line) => !line.startsWith('  zeroskip bench '))).toEqual([]);
  });

  it('writes its rows in every form', async () => {
    const forms = ['csv', 'jsonl', 'markdown', 'html', 'json'];
    const path = (form: string) => folder.path(`rows.${form}`);
    const files = forms.flatMap((form) => [`--${form}`, path(form)]);
    const args = ['--threads', '1', '--runs', '2', ...files];
    expect(await on('bench', ...args)).toMatchObject({ status: 0, err: '' });
    const { layers } = json<BenchReport>(path('json'));
    const text = (form: string) => readFileSync(path(form), 'utf8');
    const lines = jsonLines(path('jsonl'));
    expect(lines).toMatchObject(
      layers.map(({ name, ms, im2colMs, density }) => ({ name, ms, im2colMs, density })),
    );
    const [titles, ...rows] = text('csv').trim().split('\n');
    const ms = titles!.split(',').indexOf('ms');
    expect(rows.map((row) => Number(row.split(',')[ms]))).toEqual(layers.map((layer) => layer.ms));
    expect(text('markdown').split('\n')[2]).toMatch(/^\| first +\| +3 \|/);
    expect(text('html')).toContain('<td>first</td>');
  });

  it('times each algorithm that is named', async () => {
    const file = folder.path('named.json');
    const args = words(
      '--inputs @x.npy @photo.jpg --algorithms cps,reference --threads 1 --runs 1 --json @named.json',
    );
    expect(await zeroskip('bench', folder.model, ...args)).toMatchObject({ status: 0 });
    const { contenders, subject, layers } = json<BenchReport>(file);
    expect(contenders.map(({ name, samplesMs }) => [name, samplesMs.length])).toEqual([
      ['zeroskip (im2col)', 2],
      ['zeroskip (cps)', 2],
      ['zeroskip (reference)', 2],
    ]);
    expect(subject).toBe('zeroskip (reference)');
    expect(layers.every(({ algorithm }) => algorithm === 'reference')).toBe(true);
  });

  it('takes several numbers of threads, and says how to time each again', async () => {
    const file = folder.path('threads.json');
    const args = words('--threads 2,1 --runs 2 --min-time 0.001 --json @threads.json');
    const { status, out } = await on('bench', ...args, '--peers', 'onnxruntime');
    expect(status).toBe(0);
    const { contenders, environment } = json<BenchReport>(file);
    expect(environment.threads).toBe(2);
    expect(contenders.map(({ name, threads }) => [name, threads])).toEqual([
      ['zeroskip (im2col)', 2],
      ['zeroskip (auto)', 2],
      ['zeroskip (im2col)', 1],
      ['zeroskip (auto)', 1],
      ['onnxruntime', 2],
      ['onnxruntime', 1],
    ]);
    for (const { samplesMs, command, name, threads } of contenders) {
      expect(sum(samplesMs)).toBeGreaterThanOrEqual(1);
      expect(out).toContain(command);
      const again = folder.path('again.json');
      expect(await zeroskip(...command.split(' ').slice(1), '--json', again)).toMatchObject({ status: 0 });
      const found = json<BenchReport>(again).contenders.filter((one) => one.name === name);
      expect(found).toMatchObject([{ name, threads }]);
    }
  });

  it('writes what was timed until Ctrl-C', async () => {
    const controller = new AbortController();
    const terminal = recordingTerminal(controller.signal);
    terminal.progress = (label) => ({
      update: (done) => {
        if (label === 'Timing' && done === 5) controller.abort(new Interrupted('SIGINT'));
      },
      stop: () => {},
    });
    const file = folder.path('partial.json');
    const args = words('bench @model.onnx --input @x.npy --threads 1 --runs 100 --json @partial.json');
    expect(await runCli(args, terminal)).toBe(130);
    expect(terminal.err).toContain('Interrupted after 2 of the runs');
    expect(terminal.out).toContain('whole network');
    const { interrupted, contenders, layers } = json<BenchReport>(file);
    expect(interrupted).toBe(true);
    expect(contenders.map(({ samplesMs }) => samplesMs.length)).toEqual([3, 2]);
    expect(layers).toHaveLength(2);
  });

  it("compares layers with the peer's own profile", async () => {
    const file = folder.path('layers.json');
    const args = words('--threads 1 --runs 2 --algorithms cps --json @layers.json');
    const peer = ['--peers', 'onnxruntime', '--layers', 's*cond'];
    const { status, out, err } = await on('bench', ...args, ...peer);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const { layers, rest } = json<BenchReport>(file).comparison!;
    expect(layers.map(({ name }) => name)).toEqual(['second']);
    expect(layers[0]!.own.map(({ samplesMs }) => samplesMs.length)).toEqual([2, 2]);
    expect(layers[0]!.peer!.samplesMs).toHaveLength(2);
    expect(rest!.missing).toEqual([]);
    expect(out).toContain("how many times faster than onnxruntime's own profile");
    expect(wideLines(out).filter((line) => !line.startsWith('  zeroskip bench '))).toEqual([]);
  });

  it('refuses to compare layers that do not exist', async () => {
    const args = ['--threads', '1', '--runs', '1', '--layers', 'third'];
    const { status, err } = await on('bench', ...args);
    expect(status).toBe(1);
    expect(err).toContain('Expected a part of the name of a convolution for --layers, received "third"');
  });

  it('refuses to time results that differ too much', async () => {
    const args = words('--input @photo.jpg --std 1 --algorithms cps --tolerance 1e-30 --threads 1');
    const { status, out, err } = await zeroskip('bench', folder.model, ...args, '--peers', 'onnxruntime');
    expect(status).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(
      /^zeroskip: Expected a difference of at most .* nothing was timed\. From our network with sums in double precision differ: onnxruntime by .+, zeroskip \(im2col\) by .+\.\n$/,
    );
  });
});
