import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plan, readPlan, type SelectState } from '@zeroskip/selector';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli.ts';
import type { BenchReport } from '../../../src/commands/bench/report.ts';
import { Interrupted } from '../../../src/terminal.ts';
import { recordingTerminal } from '../../support/terminal.ts';
import { json, networkFolder, zeroskip } from '../../support/zeroskip.ts';

const { folder, words, run, on } = networkFolder();

describe('zeroskip select', () => {
  it('writes a plan that bench and run take', async () => {
    const plan = folder.path('plan.json');
    const made = await run(
      'select @model.onnx --inputs @x.npy @photo.jpg --threads 1 --budget 1 -o @plan.json',
    );
    expect(made.err).toBe('');
    expect(made.status).toBe(0);
    expect(made.out).toMatch(/decisions are settled/);
    const { layers, machine } = readPlan(readFileSync(plan, 'utf8'));
    expect(layers.map(({ name }) => name)).toEqual(['first', 'second']);
    expect(layers.every(({ times }) => times.some(({ algorithm }) => algorithm === 'im2col'))).toBe(true);
    expect(machine.threads).toBe(1);

    const ran = await run(
      'run @model.onnx --input @x.npy --plan @plan.json --threads 1 --output @planned.npy',
    );
    expect(ran).toMatchObject({ status: 0, err: '' });

    const file = folder.path('bench.json');
    const args = words('--input @x.npy --plan @plan.json --threads 1 --runs 2 --json @bench.json');
    const benched = await zeroskip('bench', folder.model, ...args);
    expect(benched).toMatchObject({ status: 0, err: '' });
    expect(json<BenchReport>(file).contenders.map(({ name }) => name)).toEqual([
      'zeroskip (im2col)',
      'zeroskip (plan)',
    ]);
    expect(json<BenchReport>(file).layers.map(({ algorithm }) => algorithm)).toEqual(
      layers.map(({ algorithm }) => algorithm),
    );
  });

  it('takes a folder, estimates, meets an objective, and explains', async () => {
    const plan = folder.path('estimated.json');
    const inputs = folder.path('inputs');
    mkdirSync(inputs, { recursive: true });
    copyFileSync(folder.array, join(inputs, 'a.npy'));
    writeFileSync(join(inputs, 'notes.txt'), 'not an input');
    const args = words('select @model.onnx --inputs @inputs --threads 1 -o @estimated.json');
    const estimated = await zeroskip(...args, '--estimate');
    expect(estimated).toMatchObject({ status: 0, err: '' });
    expect(estimated.out).toContain('All 2 decisions are estimates');
    expect(json<Plan>(plan).layers.every(({ settlement }) => settlement === 'estimated')).toBe(true);

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

    const explained = await run('explain @small.json @estimated.json');
    expect(explained).toMatchObject({ status: 0, err: '' });
    const lines = explained.out.trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^first: .+ at density .+\.$/);
    expect(lines[2]).toMatch(/^The plans agree on the algorithm for \d/);
    expect((await run('explain @small.json --layers second')).out.trim().split('\n')).toHaveLength(1);
  });

  it('goes on from an unfinished selection, and leaves none behind', async () => {
    const plan = folder.path('resumed.json');
    const args = words('select @model.onnx --inputs @x.npy --threads 1 --budget 1 -o @resumed.json');
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
    expect(json<SelectState>(`${plan}.partial`).studies).not.toHaveLength(0);
    expect(await zeroskip(...args)).toMatchObject({ status: 0, err: '' });
    expect(existsSync(`${plan}.partial`)).toBe(false);
  });

  it('refuses a folder without inputs, and plans of different models to explain', async () => {
    const empty = folder.path('empty');
    mkdirSync(empty, { recursive: true });
    const { status, err } = await run('select @model.onnx --inputs @empty -o @x.json');
    expect(status).toBe(1);
    expect(err).toMatch(
      /Expected a folder with images or \.npy files for --input ".+", received "one without"\./,
    );
    const plan = folder.path('own.json');
    await run('select @model.onnx --inputs @x.npy --threads 1 --budget 1 -o @own.json');
    const text = readFileSync(plan, 'utf8').replace(json<Plan>(plan).model.sha256, 'd'.repeat(64));
    const explained = await zeroskip('explain', plan, folder.write('foreign.json', text));
    expect(explained.status).toBe(1);
    expect(explained.err).toContain('Expected a plan of the same model for the other plan');
  });

  it('warns of a plan of another machine, and goes on', async () => {
    const plan = folder.path('own.json');
    await run('select @model.onnx --inputs @x.npy --threads 1 --budget 1 -o @own.json');
    const other = folder.write(
      'other.json',
      readFileSync(plan, 'utf8').replace('"threads": 1', '"threads": 64'),
    );
    const { status, err } = await on(
      'run',
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
    await run('select @model.onnx --inputs @x.npy --threads 1 --budget 1 -o @own.json');
    const sha = json<Plan>(plan).model.sha256;
    const other = folder.write('other.json', readFileSync(plan, 'utf8').replace(sha, 'c'.repeat(64)));
    const { status, err } = await on('bench', '--plan', other);
    expect(status).toBe(1);
    expect(err).toContain(`Expected a plan of the model ${sha} for the plan`);
  });
});
