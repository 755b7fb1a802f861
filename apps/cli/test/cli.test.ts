import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { density, formats } from '@zeroskip/formats';
import { algorithms } from '@zeroskip/kernels';
import { type PlanLayer, readPlan } from '@zeroskip/selector';
import { Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../src/cli.ts';
import type { LayerRow } from '../src/commands/bench/rows.ts';
import { readNpy, writeNpy } from '../src/input/npy.ts';
import { Interrupted } from '../src/terminal.ts';
import { twoConvolutionsModel, unknownOperatorModel } from './support/network.ts';
import { recordingTerminal } from './support/terminal.ts';
import { temporaryFolder } from './support/workspace.ts';

const folder = temporaryFolder();
let model: string;
let array: string;
let photo: string;
const values = sparseValues(576, 0.5, 7);

beforeAll(async () => {
  model = folder.write('model.onnx', twoConvolutionsModel());
  const dims = [1, 3, 16, 12];
  array = folder.write('x.npy', writeNpy(new Tensor('float32', values, dims)));
  const noise = Uint8Array.from({ length: 3 * 40 * 30 }, (_, i) => (i * 73) % 256);
  photo = folder.write(
    'photo.jpg',
    await sharp(noise, { raw: { width: 40, height: 30, channels: 3 } })
      .jpeg()
      .toBuffer(),
  );
});

async function zeroskip(...args: string[]) {
  const terminal = recordingTerminal();
  const status = await runCli(args, terminal);
  return { status, out: terminal.out, err: terminal.err };
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

describe('zeroskip run', () => {
  it('writes the first output as an array', async () => {
    const output = folder.path('y.npy');
    const { status, out } = await zeroskip(
      'run',
      model,
      '--input',
      array,
      '--output',
      output,
      '--threads',
      '1',
    );
    expect(status).toBe(0);
    expect(out).toMatch(/^Wrote y \(float32 1 × 4 × 8 × 6\) to .*y\.npy after \d+ ms\.\n$/);
    expect(readNpy(readFileSync(output), 'y').dims).toEqual([1, 4, 8, 6]);
  });

  it('writes the output that is named', async () => {
    const output = folder.path('features.npy');
    const { status } = await zeroskip(
      'run',
      model,
      '--input',
      array,
      '--fetch',
      'features',
      '--output',
      output,
    );
    expect(status).toBe(0);
    expect(readNpy(readFileSync(output), 'y').dims).toEqual([1, 8, 16, 12]);
  });

  it('gives the same for every algorithm, within rounding', async () => {
    const results = [];
    for (const { id } of algorithms()) {
      const output = folder.path(`${id}.npy`);
      await zeroskip('run', model, '--input', array, '--output', output, '--algorithm', id);
      results.push(readNpy(readFileSync(output), id).data as Float32Array);
    }
    for (const result of results) {
      for (const [i, value] of result.entries()) expect(value).toBeCloseTo(results[0]![i]!, 5);
    }
  });

  it('takes a photo', async () => {
    const output = folder.path('photo.npy');
    const { status } = await zeroskip(
      'run',
      model,
      '--input',
      photo,
      '--mean',
      '128',
      '--std',
      '256',
      '--output',
      output,
    );
    expect(status).toBe(0);
  });

  it.each([
    [
      'an output that does not exist',
      ['--fetch', 'nothing', '--output', 'y.npy'],
      1,
      /Expected one of y, features for --fetch/,
    ],
    [
      'an output that is no picture',
      ['--output', 'y.png'],
      1,
      /Expected a float32 tensor 1 × 1 or 3 × H × W/,
    ],
    ['a file of another kind', ['--output', 'y.txt'], 2, /Expected a \.npy or \.png file for --output/],
  ])('refuses %s', async (_, args, expected, message) => {
    const { status, err } = await zeroskip('run', model, '--input', array, ...args);
    expect(status).toBe(expected);
    expect(err).toMatch(message);
  });
});

describe('zeroskip select', () => {
  it('writes a plan that bench and run take', async () => {
    const plan = folder.path('plan.json');
    const selected = await zeroskip(
      'select',
      model,
      '--inputs',
      array,
      photo,
      '--threads',
      '1',
      '--budget',
      '1',
      '-o',
      plan,
    );
    expect(selected.err).toBe('');
    expect(selected.status).toBe(0);
    expect(selected.out).toMatch(/decisions are settled/);
    const { layers, machine } = readPlan(readFileSync(plan, 'utf8'));
    expect(layers.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(layers.every(({ times }) => times.some(({ algorithm }) => algorithm === 'im2col'))).toBe(true);
    expect(machine.threads).toBe(1);

    const output = folder.path('planned.npy');
    const ran = await zeroskip(
      'run',
      model,
      '--input',
      array,
      '--plan',
      plan,
      '--threads',
      '1',
      '--output',
      output,
    );
    expect(ran).toMatchObject({ status: 0, err: '' });

    const file = folder.path('bench.json');
    const args = ['--input', array, '--plan', plan, '--threads', '1', '--runs', '2', '--json', file];
    const benched = await zeroskip('bench', model, ...args);
    expect(benched).toMatchObject({ status: 0, err: '' });
    expect(json(file).contenders.map(({ name }: { name: string }) => name)).toEqual([
      'zeroskip (im2col)',
      'zeroskip (plan)',
    ]);
    expect(json(file).layers.map(({ algorithm }: { algorithm: string }) => algorithm)).toEqual(
      layers.map(({ algorithm }) => algorithm),
    );
  });

  it('takes a folder, estimates, meets an objective, and explains', async () => {
    const plan = folder.path('estimated.json');
    const inputs = folder.path('inputs');
    mkdirSync(inputs, { recursive: true });
    copyFileSync(array, join(inputs, 'a.npy'));
    writeFileSync(join(inputs, 'notes.txt'), 'not an input');
    const args = ['select', model, '--inputs', inputs, '--threads', '1', '-o', plan] as const;
    const estimated = await zeroskip(...args, '--estimate');
    expect(estimated).toMatchObject({ status: 0, err: '' });
    expect(estimated.out).toContain('All 2 decisions are estimates');
    expect(json(plan).layers.every(({ settlement }: PlanLayer) => settlement === 'estimated')).toBe(true);

    const conflicting = await zeroskip(...args, '--estimate', '--objective', 'memory');
    expect(conflicting.status).toBe(2);

    const small = folder.path('small.json');
    const measured = await zeroskip(...args.slice(0, -1), small, '--objective', 'memory', '--budget', '1');
    expect(measured).toMatchObject({ status: 0, err: '' });
    for (const { algorithm, times } of readPlan(readFileSync(small, 'utf8')).layers) {
      const bytes = times.map(({ workspaceBytes }) => workspaceBytes!);
      const chosen = times.filter((entry) => entry.algorithm === algorithm);
      expect(Math.min(...chosen.map(({ workspaceBytes }) => workspaceBytes!))).toBe(Math.min(...bytes));
    }

    const explained = await zeroskip('explain', small, plan);
    expect(explained).toMatchObject({ status: 0, err: '' });
    const lines = explained.out.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^first: .+ at density .+\.$/);
    expect(lines[2]).toMatch(/^The plans agree on the algorithm for \d/);
    expect((await zeroskip('explain', small, '--layers', 'second')).out.trim().split('\n')).toHaveLength(1);
  });

  it('goes on from an unfinished selection, and leaves none behind', async () => {
    const plan = folder.path('resumed.json');
    const args = ['select', model, '--inputs', array, '--threads', '1', '--budget', '1', '-o', plan] as const;
    writeFileSync(`${plan}.partial`, '{}');
    const fresh = await zeroskip(...args);
    expect(fresh.err).toMatch(/^Warning: .+\.partial cannot be used: .+ Starting anew\.\n$/);
    expect(fresh.status).toBe(0);
    expect(existsSync(`${plan}.partial`)).toBe(false);

    const interrupting = recordingTerminal();
    const controller = new AbortController();
    interrupting.interruption = () => ({ signal: controller.signal, stop: () => {} });
    interrupting.progress = (label) => ({
      update: () => label === 'Timing' && controller.abort(new Interrupted('SIGINT')),
      stop: () => {},
    });
    expect(await runCli(args, interrupting)).toBe(130);
    expect(interrupting.err).toMatch(
      /What was measured is in .+\.partial: the same command goes on from there\.\n/,
    );
    expect(json(`${plan}.partial`).studies).not.toHaveLength(0);
    expect(await zeroskip(...args)).toMatchObject({ status: 0, err: '' });
    expect(existsSync(`${plan}.partial`)).toBe(false);
  });

  it('refuses a folder without inputs, and plans of different models to explain', async () => {
    const empty = folder.path('empty');
    mkdirSync(empty, { recursive: true });
    const { status, err } = await zeroskip('select', model, '--inputs', empty, '-o', folder.path('x.json'));
    expect(status).toBe(1);
    expect(err).toMatch(
      /Expected a folder with images or \.npy files for --input ".+", received "one without"\./,
    );
    const plan = folder.path('own.json');
    await zeroskip('select', model, '--inputs', array, '--threads', '1', '--budget', '1', '-o', plan);
    const text = readFileSync(plan, 'utf8').replace(json(plan).model.sha256, 'd'.repeat(64));
    const explained = await zeroskip('explain', plan, folder.write('foreign.json', text));
    expect(explained.status).toBe(1);
    expect(explained.err).toContain('Expected a plan of the same model for the other plan');
  });

  it('warns of a plan of another machine, and goes on', async () => {
    const plan = folder.path('own.json');
    await zeroskip('select', model, '--inputs', array, '--threads', '1', '--budget', '1', '-o', plan);
    const other = folder.write(
      'other.json',
      readFileSync(plan, 'utf8').replace('"threads": 1', '"threads": 64'),
    );
    const { status, err } = await zeroskip(
      'run',
      model,
      '--input',
      array,
      '--plan',
      other,
      '--threads',
      '1',
      '--output',
      folder.path('w.npy'),
    );
    expect(status).toBe(0);
    expect(err).toContain('Warning: The plan was made on another machine (threads 64 there, 1 here)');
  });

  it('refuses a plan of another model', async () => {
    const plan = folder.path('own.json');
    await zeroskip('select', model, '--inputs', array, '--threads', '1', '--budget', '1', '-o', plan);
    const sha = json(plan).model.sha256;
    const other = folder.write('other.json', readFileSync(plan, 'utf8').replace(sha, 'c'.repeat(64)));
    const { status, err } = await zeroskip('bench', model, '--input', array, '--plan', other);
    expect(status).toBe(1);
    expect(err).toContain(`Expected a plan of the model ${sha} for the plan`);
  });
});

describe('zeroskip bench', () => {
  it('writes every figure', async () => {
    const file = folder.path('all.json');
    const args = [
      '--input',
      array,
      '--threads',
      '1',
      '--peers',
      'onnxruntime',
      '--runs',
      '3',
      '--json',
      file,
    ];
    const { status, out, err } = await zeroskip('bench', model, ...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const report = json(file);
    expect(report.environment).toMatchObject({ threads: 1, node: process.versions.node });
    expect(report.environment.peers.onnxruntime).toMatch(/^\d+\.\d+\.\d+$/);
    expect(report.model).toEqual({ path: model, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(
      report.contenders.map(({ name, samplesMs }: { name: string; samplesMs: number[] }) => [
        name,
        samplesMs.length,
      ]),
    ).toEqual([
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
    expect(report.layers[0].density).toBe(density(values));
    for (const { name, exactness } of report.layers) {
      // The second one has a sigmoid fused, which is not exact itself.
      if (name === 'second') expect(exactness).toBeUndefined();
      else expect(exactness).toMatchObject({ outputs: 256 });
    }
    expect(report.layers[0].exactness.ofBound).toBeGreaterThan(0);
    expect(report.layers[0].exactness.ofBound).toBeLessThanOrEqual(1);
    for (const contender of ['zeroskip (im2col)', 'zeroskip (auto)']) {
      const own = report.verification.filter((entry: { contender: string }) => entry.contender === contender);
      expect(own.map(({ output }: { output: string }) => output).sort()).toEqual(['features', 'y']);
      for (const { against, maxAbsDiff } of own) {
        expect(against).toBe('onnxruntime');
        expect(maxAbsDiff).toBeLessThan(1e-5);
      }
    }
    expect(out).toContain('whole network');
    expect(
      out.split('\n').filter((line) => line.length > 100 && !line.startsWith('  zeroskip bench ')),
    ).toEqual([]);
  });

  it('writes its rows in every form', async () => {
    const forms = ['csv', 'jsonl', 'markdown', 'html', 'json'];
    const path = (form: string) => folder.path(`rows.${form}`);
    const files = forms.flatMap((form) => [`--${form}`, path(form)]);
    const args = ['--input', array, '--threads', '1', '--runs', '2', ...files];
    expect(await zeroskip('bench', model, ...args)).toMatchObject({ status: 0, err: '' });
    const { layers } = json(path('json'));
    const text = (form: string) => readFileSync(path(form), 'utf8');
    const lines = text('jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject(
      layers.map(({ name, ms, im2colMs, density }: LayerRow) => ({ name, ms, im2colMs, density })),
    );
    const [titles, ...rows] = text('csv').trim().split('\n');
    const ms = titles!.split(',').indexOf('ms');
    expect(rows.map((row) => Number(row.split(',')[ms]))).toEqual(layers.map((layer: LayerRow) => layer.ms));
    expect(text('markdown').split('\n')[2]).toMatch(/^\| first +\| +3 \|/);
    expect(text('html')).toContain('<td>first</td>');
  });

  it('times each algorithm that is named', async () => {
    const file = folder.path('named.json');
    const args = [
      '--inputs',
      array,
      photo,
      '--algorithms',
      'cps,reference',
      '--threads',
      '1',
      '--runs',
      '1',
      '--json',
      file,
    ];
    expect(await zeroskip('bench', model, ...args)).toMatchObject({ status: 0 });
    const { contenders, subject, layers } = json(file);
    expect(
      contenders.map(({ name, samplesMs }: { name: string; samplesMs: number[] }) => [
        name,
        samplesMs.length,
      ]),
    ).toEqual([
      ['zeroskip (im2col)', 2],
      ['zeroskip (cps)', 2],
      ['zeroskip (reference)', 2],
    ]);
    expect(subject).toBe('zeroskip (reference)');
    expect(layers.every(({ algorithm }: { algorithm: string }) => algorithm === 'reference')).toBe(true);
  });

  it('takes several numbers of threads, and says how to time each again', async () => {
    const file = folder.path('threads.json');
    const args = ['--input', array, '--threads', '2,1', '--runs', '2', '--min-time', '0.001', '--json', file];
    const { status, out } = await zeroskip('bench', model, ...args, '--peers', 'onnxruntime');
    expect(status).toBe(0);
    const { contenders, environment } = json(file);
    expect(environment.threads).toBe(2);
    expect(contenders.map(({ name, threads }: { name: string; threads: number }) => [name, threads])).toEqual(
      [
        ['zeroskip (im2col)', 2],
        ['zeroskip (auto)', 2],
        ['zeroskip (im2col)', 1],
        ['zeroskip (auto)', 1],
        ['onnxruntime', 2],
        ['onnxruntime', 1],
      ],
    );
    for (const { samplesMs, command, name, threads } of contenders) {
      expect(samplesMs.reduce((sum: number, ms: number) => sum + ms, 0)).toBeGreaterThanOrEqual(1);
      expect(out).toContain(command);
      const again = folder.path('again.json');
      expect(await zeroskip(...command.split(' ').slice(1), '--json', again)).toMatchObject({ status: 0 });
      const found = json(again).contenders.filter((one: (typeof contenders)[0]) => one.name === name);
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
    const args = ['bench', model, '--input', array, '--threads', '1', '--runs', '100', '--json', file];
    expect(await runCli(args, terminal)).toBe(130);
    expect(terminal.err).toContain('Interrupted after 2 of the runs');
    expect(terminal.out).toContain('whole network');
    const { interrupted, contenders, layers } = json(file);
    expect(interrupted).toBe(true);
    expect(contenders.map(({ samplesMs }: { samplesMs: number[] }) => samplesMs.length)).toEqual([3, 2]);
    expect(layers).toHaveLength(2);
  });

  it("compares layers with the peer's own profile", async () => {
    const file = folder.path('layers.json');
    const args = ['--input', array, '--threads', '1', '--runs', '2', '--algorithms', 'cps', '--json', file];
    const peer = ['--peers', 'onnxruntime', '--layers', 's*cond'];
    const { status, out, err } = await zeroskip('bench', model, ...args, ...peer);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const { layers, rest } = json(file).comparison;
    expect(layers.map(({ name }: { name: string }) => name)).toEqual(['second']);
    expect(layers[0].own.map(({ samplesMs }: { samplesMs: number[] }) => samplesMs.length)).toEqual([2, 2]);
    expect(layers[0].peer.samplesMs).toHaveLength(2);
    expect(rest.missing).toEqual([]);
    expect(out).toContain("how many times faster than onnxruntime's own profile");
    expect(
      out.split('\n').filter((line) => line.length > 100 && !line.startsWith('  zeroskip bench ')),
    ).toEqual([]);
  });

  it('refuses to compare layers that do not exist', async () => {
    const args = ['--input', array, '--threads', '1', '--runs', '1', '--layers', 'third'];
    const { status, err } = await zeroskip('bench', model, ...args);
    expect(status).toBe(1);
    expect(err).toContain('Expected a part of the name of a convolution for --layers, received "third"');
  });

  it('refuses to time results that differ too much', async () => {
    const args = [
      '--input',
      photo,
      '--std',
      '1',
      '--algorithms',
      'cps',
      '--tolerance',
      '1e-30',
      '--threads',
      '1',
    ];
    const { status, out, err } = await zeroskip('bench', model, ...args, '--peers', 'onnxruntime');
    expect(status).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(
      /^zeroskip: Expected a difference of at most .* nothing was timed\. From our network with sums in double precision differ: onnxruntime by .+, zeroskip \(im2col\) by .+\.\n$/,
    );
  });
});

describe('zeroskip list', () => {
  it('lists every algorithm and instruction set', async () => {
    const { status, out } = await zeroskip('list');
    expect(status).toBe(0);
    for (const { id } of algorithms()) expect(out).toMatch(new RegExp(`^${id}\\b`, 'm'));
    for (const { id } of formats) expect(out).toMatch(new RegExp(`^${id}\\b`, 'm'));
    expect(out).toContain('in use');
    expect(out.split('\n').every((line) => line.length <= 100)).toBe(true);
  });
});

describe('broken input ends in one sentence', () => {
  const one = (err: string) => expect(err).toMatch(/^zeroskip: [^\n]+[.?!)]\n$/);

  const failures: [string, () => string[], RegExp][] = [
    [
      'a missing model',
      () => ['bench', folder.path('none.onnx'), '--input', array],
      /for the model, .*no such file/,
    ],
    ['a folder for a model', () => ['bench', folder.path('.'), '--input', array], /a folder/],
    [
      'a text file for a model',
      () => ['bench', folder.write('text.onnx', 'hello, this is no model\n'), '--input', array],
      /./,
    ],
    [
      'an empty model',
      () => ['run', folder.write('empty.onnx', ''), '--input', array, '--output', 'y.npy'],
      /./,
    ],
    [
      'a truncated model',
      () => ['bench', folder.write('cut.onnx', twoConvolutionsModel().subarray(0, 900)), '--input', array],
      /./,
    ],
    [
      'an unknown operator',
      () => ['bench', folder.write('odd.onnx', unknownOperatorModel()), '--input', array],
      /relu.*Frobnicate|Frobnicate.*relu/,
    ],
    [
      'a missing input',
      () => ['bench', model, '--input', folder.path('none.png')],
      /for --input, .*no such file/,
    ],
    [
      'a text file for an image',
      () => ['bench', model, '--input', folder.write('notes.jpg', 'notes')],
      /cannot be decoded/,
    ],
    [
      'a text file for an array',
      () => ['bench', model, '--input', folder.write('notes.npy', 'notes')],
      /magic/,
    ],
    [
      'an array of another shape',
      () => ['bench', model, '--input', folder.write('v.npy', writeNpy(new Tensor('float32', [1])))],
      /float32 1 × 3 × 16 × 12, the model's input/,
    ],
    [
      'a plan that is no plan',
      () => ['bench', model, '--input', array, '--plan', array],
      /Expected JSON for the plan/,
    ],
    [
      'a missing plan',
      () => ['bench', model, '--input', array, '--plan', folder.path('none.json')],
      /for --plan, .*no such file/,
    ],
    [
      'a result that cannot be written',
      () => ['run', model, '--input', array, '--output', folder.path('no/y.npy')],
      /writable file for --output/,
    ],
    ...['json', 'csv', 'jsonl', 'markdown', 'html'].map((form): [string, () => string[], RegExp] => [
      `a report that cannot be written as ${form}`,
      () => ['inspect', model, '--input', array, `--${form}`, folder.path('no/report')],
      new RegExp(`writable file for --${form}, .*no such file`),
    ]),
    ...(
      [
        ['inspect', []],
        ['paper', []],
        ['roofline', []],
        ['select', ['-o', 'p.json']],
      ] as const
    ).map(([command, more]): [string, () => string[], RegExp] => [
      `a missing model of ${command}`,
      () => [command, folder.path('none.onnx'), '--input', array, ...more],
      /for the model, .*no such file/,
    ]),
    [
      'a plan that cannot be written',
      () => ['select', model, '--input', array, '--budget', '0.01', '-o', folder.path('no/plan.json')],
      /writable file for --output/,
    ],
    ['a missing plan to explain', () => ['explain', folder.path('none.json')], /the plan, .*no such file/],
    ['a plan of another kind to explain', () => ['explain', array], /Expected JSON for the plan/],
    ['a missing report', () => ['compare', folder.path('a.json'), array], /the first report, .*no such file/],
    ['missing shapes', () => ['layers', '--shapes', folder.path('none.txt')], /--shapes, .*no such file/],
    [
      'shapes that are none',
      () => ['layers', '--shapes', folder.write('shapes.txt', 'conv1 3 x\n')],
      /line 1 of shapes.txt/,
    ],
    [
      'an output that the network does not have',
      () => ['run', model, '--input', array, '--output', folder.path('y.npy'), '--fetch', 'z'],
      /Expected one of .*y.* for --fetch/,
    ],
    [
      'an output that is no picture',
      () => ['run', model, '--input', array, '--output', folder.path('y.png')],
      /use a .npy file/,
    ],
  ];
  it.each(failures)('for %s, with status 1', async (_, args, message) => {
    const { status, out, err } = await zeroskip(...args());
    expect(err).toMatch(message);
    one(err);
    expect({ status, out }).toEqual({ status: 1, out: '' });
  });

  const misuses: [string, () => string[], RegExp][] = [
    [
      'an unknown option',
      () => ['bench', model, '--input', array, '--thread', '2'],
      /--thread'.*Did you mean --threads\?/,
    ],
    ['an unknown command', () => ['bensh', model], /bensh'.*Did you mean bench\?/],
    ['a missing model argument', () => ['bench', '--input', array], /model/],
    ['a missing input option', () => ['bench', model], /--input/],
    [
      'an unknown algorithm',
      () => ['bench', model, '--input', array, '--algorithms', 'magic'],
      /the algorithms are .*im2col/,
    ],
    [
      'an unknown peer',
      () => ['bench', model, '--input', array, '--peers', 'pytorch'],
      /Expected one of onnxruntime, onnxruntime-float32 for --peers/,
    ],
    [
      'threads of 0',
      () => ['bench', model, '--input', array, '--threads', '0'],
      /Expected an integer from 1 to 1024/,
    ],
    [
      'a number that is none',
      () => ['bench', model, '--input', array, '--runs', 'many'],
      /Expected an integer/,
    ],
    ['a deviation of 0', () => ['bench', model, '--input', array, '--std', '1,0,1'], /other than 0/],
    ['a mean that is no number', () => ['bench', model, '--input', array, '--mean', '1,,2'], /numbers/],
    [
      'threads that are no list',
      () => ['bench', model, '--input', array, '--threads', '1,two'],
      /Expected an integer from 1 to 1024/,
    ],
    ['a time of 0', () => ['bench', model, '--input', array, '--min-time', '0'], /above 0/],
    [
      'an unknown objective',
      () => ['select', model, '--input', array, '--objective', 'fun', '-o', 'p'],
      /fun/,
    ],
    [
      'an estimate with a budget',
      () => ['select', model, '--input', array, '--estimate', '--budget', '3', '-o', 'p'],
      /--estimate.*--budget/,
    ],
    [
      'an output of another kind',
      () => ['run', model, '--input', array, '--output', 'y.txt'],
      /\.npy or \.png/,
    ],
    ['a share that is none', () => ['compare', 'a', 'b', '--fail-on', '5x'], /Expected a share/],
    ['a roofline of two inputs', () => ['roofline', model, '--input', array, photo], /Expected one file/],
    [
      'an unknown algorithm of a roofline',
      () => ['roofline', '--algorithms', 'magic'],
      /the algorithms are .*im2col/,
    ],
    ['an argument too many', () => ['list', 'more'], /too many arguments/],
    ['a budget of 0', () => ['select', model, '--input', array, '--budget', '0', '-o', 'p.json'], /above 0/],
    [
      'two inputs for run, and one output',
      () => ['run', model, '--input', array, photo, '--output', 'y.npy'],
      /Expected \{name\} in --output/,
    ],
  ];
  it.each(misuses)('for %s, with status 2', async (_, args, message) => {
    const { status, out, err } = await zeroskip(...args());
    expect(err).toMatch(message);
    one(err);
    expect({ status, out }).toEqual({ status: 2, out: '' });
  });

  it('shows help on request with status 0, and without a command with status 2', async () => {
    expect(await zeroskip('--help')).toMatchObject({
      status: 0,
      err: '',
      out: expect.stringContaining('bench'),
    });
    expect(await zeroskip('bench', '--help')).toMatchObject({
      status: 0,
      out: expect.stringContaining('Example:'),
    });
    expect(await zeroskip()).toMatchObject({ status: 2, out: '', err: expect.stringContaining('Usage:') });
  });

  it('tells its version', async () => {
    expect(await zeroskip('--version')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('zeroskip paper', () => {
  it('says what was claimed and what was measured', async () => {
    const path = (form: string) => folder.path(`paper.${form}`);
    const files = ['--json', path('json'), '--markdown', path('md')];
    const args = ['--input', array, '--threads', '1', '--runs', '1', '--budget', '0.01', ...files];
    const { status, out, err } = await zeroskip('paper', model, ...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out.split('\n').every((line) => line.length <= 100)).toBe(true);
    const { claims, layers, easy } = json(path('json'));
    // The plan may choose algorithms that have no format.
    const hasFormat = layers.some(({ chosen, bytes }: { chosen: string; bytes: object }) =>
      Object.hasOwn(bytes, chosen),
    );
    expect(claims).toHaveLength(hasFormat ? 11 : 10);
    expect(layers.map(({ name }: { name: string }) => name)).toEqual(['first', 'second']);
    expect(easy).toHaveLength(4);
    expect(readFileSync(path('md'), 'utf8').trim().split('\n')).toHaveLength(claims.length + 2);
  });
});

describe('zeroskip roofline', () => {
  it('writes its rows in every form', async () => {
    const path = (form: string) => folder.path(`roofline.${form}`);
    const files = ['json', 'jsonl', 'html'].flatMap((form) => [`--${form}`, path(form)]);
    const args = ['--input', array, '--threads', '1', '--algorithms', 'im2col,cps', '--runs', '1'];
    const { status, err } = await zeroskip('roofline', model, ...args, ...files);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const rows = readFileSync(path('jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { layers } = json(path('json'));
    const times = layers.flatMap(({ algorithms: all }: { algorithms: { ms: number }[] }) =>
      all.map(({ ms }) => ms),
    );
    expect(rows.map(({ ms }) => ms)).toEqual(times);
    expect(readFileSync(path('html'), 'utf8').match(/<svg/g)).toHaveLength(2);
  });
});

describe('zeroskip inspect', () => {
  it('draws where the zeros are', async () => {
    const path = (form: string) => folder.path(`zeros.${form}`);
    const files = ['html', 'csv', 'jsonl', 'markdown', 'json'].flatMap((form) => [`--${form}`, path(form)]);
    expect(await zeroskip('inspect', model, '--input', array, ...files)).toMatchObject({
      status: 0,
      err: '',
    });
    const text = (form: string) => readFileSync(path(form), 'utf8');
    // Two of each layer's input.
    expect(text('html').match(/<img alt="[^"]+" src="data:image\/png;base64,/g)).toHaveLength(4);
    expect(text('html').match(/<svg/g)).toHaveLength(8);
    const rows = text('jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { layers } = json(path('json'));
    for (const [i, { bytes, densities }] of layers.entries()) {
      expect(rows[i]).toMatchObject({ density: densities[0], 'cr-cps': bytes.im2col / bytes.cps });
    }
    expect(text('csv').trim().split('\n')).toHaveLength(3);
    expect(text('markdown').trim().split('\n')).toHaveLength(4);
  });

  it('prints ratios and writes what it counted', async () => {
    const report = folder.path('inspection.json');
    const { status, out } = await zeroskip('inspect', model, '--inputs', array, photo, '--json', report);
    expect(status).toBe(0);
    expect(out).toContain('2 convolutions on 2 inputs');
    const { layers, model: inspected } = json(report);
    expect(inspected.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(layers.map(({ name }: { name: string }) => name)).toEqual(['first', 'second']);
    expect(layers[0].densities[0]).toBe(density(values));
  });
});
