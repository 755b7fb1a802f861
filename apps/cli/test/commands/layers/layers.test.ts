import { readFileSync } from 'node:fs';
import { algorithms } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli.ts';
import type { LayersReport } from '../../../src/commands/layers/measure.ts';
import { Interrupted } from '../../../src/terminal.ts';
import { recordingTerminal } from '../../support/terminal.ts';
import { json, jsonLines, wideLines, zeroskip } from '../../support/zeroskip.ts';

const folder = temporaryFolder();
let shapes: string;
beforeAll(() => {
  shapes = folder.write('shapes.txt', 'plain 4 12 10 8 3 1 1 1 0.25\nodd 8 11 9 6 1x5 2 0x2 2 -\n');
});

async function layers(...args: string[]) {
  const file = folder.path('layers.json');
  const own = ['--shapes', shapes, '--threads', '1', '--runs', '2', '--json', file];
  const ran = await zeroskip('layers', ...own, ...args);
  return { ...ran, report: ran.status === 0 ? json<LayersReport>(file) : undefined! };
}

describe('zeroskip layers', () => {
  it('times shapes at the densities of the file, by every algorithm', async () => {
    const { status, err, out, report } = await layers();
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const [layer, ...others] = report.comparison.layers;
    expect(others).toEqual([]);
    expect(layer).toMatchObject({ name: 'plain', inputShape: [1, 4, 12, 10], weightShape: [8, 4, 3, 3] });
    expect(layer!.density).toBeGreaterThan(0.15);
    expect(layer!.density).toBeLessThan(0.35);
    const ids = algorithms().flatMap(({ id }) => (id === 'reference' ? [] : [id]));
    expect(new Set(layer!.own.map(({ contender }) => contender))).toEqual(
      new Set(ids.map((id) => `zeroskip (${id})`)),
    );
    expect(report.left).toBe(1);
    expect(out).toContain('1 convolutions without a density left out (see --density)');
  });

  it('times them at densities of its own, with a peer', async () => {
    const args = ['--density', '0,0.5', '--algorithms', 'cps', '--peers', 'onnxruntime'];
    const { status, err, out, report } = await layers(...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const { layers: rows, rest } = report.comparison;
    expect(rows.map(({ name }) => name)).toEqual(['plain', 'plain', 'odd', 'odd']);
    expect(rows.map(({ density }) => density > 0)).toEqual([false, true, false, true]);
    for (const { own, peer } of rows) {
      expect(own.map(({ samplesMs }) => samplesMs.length)).toEqual([2, 2]);
      expect(peer!.samplesMs).toHaveLength(2);
    }
    expect(rest!.missing).toEqual([]);
    expect(report.environment.peers.onnxruntime).toMatch(/^\d/);
    expect(wideLines(out)).toEqual([]);
  });

  it('draws a sweep and prints its lines', async () => {
    const plot = folder.path('sweep.svg');
    const args = ['--density', '0,0.5,1', '--algorithms', 'cps', '--plot', plot];
    const { status, err, out } = await layers(...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(readFileSync(plot, 'utf8')).toMatch(/^<svg .*plain: 4→8, 12×10, 3×3/s);
    expect(out).toMatch(/^plain +cps .* ms \(im2col\) +-?\d+ %$/m);
    expect(wideLines(out)).toEqual([]);
  });

  it('writes its rows in every form', async () => {
    const path = (form: string) => folder.path(`rows.${form}`);
    const files = ['csv', 'jsonl', 'markdown', 'html'].flatMap((form) => [`--${form}`, path(form)]);
    const args = ['--density', '0,0.5,1', '--algorithms', 'cps', '--peers', 'onnxruntime', ...files];
    const { status, err, report } = await layers(...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const text = (form: string) => readFileSync(path(form), 'utf8');
    const rows = jsonLines(path('jsonl'));
    const contenders = report.comparison.layers.flatMap(({ own }) => own.map(({ contender }) => contender));
    expect(rows.map(({ contender }) => contender)).toEqual(contenders);
    expect(rows[0].ms).toBe(median(report.comparison.layers[0]!.own[0]!.samplesMs));
    expect(text('csv').trim().split('\n')).toHaveLength(1 + rows.length);
    expect(text('markdown').trim().split('\n')).toHaveLength(2 + rows.length);
    expect(text('html')).toContain('Times against density');
  });

  it('writes what was timed until Ctrl-C', async () => {
    const controller = new AbortController();
    const terminal = recordingTerminal(controller.signal);
    terminal.progress = () => ({
      update: (done) => {
        if (done === 2) controller.abort(new Interrupted('SIGTERM'));
      },
      stop: () => {},
    });
    const file = folder.path('partial.json');
    const args = ['--shapes', shapes, '--density', '0,0.5,1', '--algorithms', 'cps', '--threads', '1'];
    expect(await runCli(['layers', ...args, '--runs', '1', '--json', file], terminal)).toBe(143);
    expect(terminal.err).toContain('Interrupted after 2 of 6 convolutions.');
    const report = json<LayersReport>(file);
    expect(report.interrupted).toBe(true);
    expect(report.comparison.layers.map(({ name }) => name)).toEqual(['plain', 'plain']);
  });

  it.each([
    ['a density above 1', ['--density', '0.1,2'], 2, /Expected numbers from 0 to 1/],
    ['a plot of two densities', ['--density', '0.1,0.2', '--plot', 'x.svg'], 1, /three densities or more/],
    ['shapes without densities', ['--layers', 'odd'], 1, /for --density/],
    ['layers that do not exist', ['--layers', 'none'], 1, /for --layers/],
    [
      'an unknown peer',
      ['--peers', 'caffe'],
      2,
      /Expected one of onnxruntime, onnxruntime-float32 for --peers/,
    ],
  ])('refuses %s', async (_, args, expected, message) => {
    const { status, err } = await layers(...args);
    expect(err).toMatch(message);
    expect(status).toBe(expected);
  });
});
