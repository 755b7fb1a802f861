import { readFileSync } from 'node:fs';
import { writeNpy } from '@zeroskip/batch';
import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import type { BenchReport } from '../../../src/commands/bench/report.ts';
import { halfNetwork } from '../../support/half-network.ts';
import { json, networkFolder, zeroskip } from '../../support/zeroskip.ts';

const { folder, words, run } = networkFolder();

describe('zeroskip bench', () => {
  it('says that a peer is off which rounds to 16 bits, in every form, and times it', async () => {
    const half = folder.write('half.onnx', halfNetwork({ layers: 12 }).model);
    const dims = [1, 8, 10, 12];
    const map = folder.write('map.npy', writeNpy(new Tensor('float32', sparseValues(960, 0.6, 99), dims)));
    const forms = ['csv', 'jsonl', 'markdown', 'json'];
    const path = (form: string) => folder.path(`half.${form}`);
    const files = forms.flatMap((form) => [`--${form}`, path(form)]);
    const args = ['--input', map, '--threads', '1', '--runs', '1', '--peers', 'onnxruntime', ...files];
    const bench = (...more: string[]) => zeroskip('bench', half, ...args, '--tolerance', '1e-5', ...more);
    const { status, out, err } = await bench();
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const { contenders, verification } = json<BenchReport>(path('json'));
    expect(contenders.map(({ name }) => name)).toContain('onnxruntime');
    const differences = new Map<string, number>(
      verification.map((entry) => [entry.contender, entry.maxAbsDiff / entry.limit]),
    );
    expect(verification.every((entry) => entry.against === 'onnxruntime-float32')).toBe(true);
    expect(differences.get('onnxruntime')).toBeGreaterThan(1);
    expect(differences.get('zeroskip (auto)')).toBeLessThan(1);
    for (const text of [out, ...forms.slice(0, -1).map((form) => readFileSync(path(form), 'utf8'))]) {
      expect(text.replaceAll('\n', ' ')).toMatch(
        /onnxruntime is off by \S+ on .+ as it rounds to 16-bit floats/,
      );
    }
    const both = await bench('--peers', 'onnxruntime-float32');
    expect(both.out).toMatch(/vs onnxruntime +vs float32\n/);
    expect(both.out.split('\n').filter((line) => line.length > 100 && !line.startsWith('  '))).toEqual([]);
  });

  it('times what a session takes by itself beside a plan', async () => {
    const plan = folder.path('beside.json');
    await run('select @model.onnx --input @x.npy --threads 1 --budget 0.01 -o @beside.json');
    const file = folder.path('beside-auto.json');
    const args = words('--input @x.npy --threads 1 --runs 1 --json @beside-auto.json');
    const benched = await zeroskip('bench', folder.model, ...args, '--algorithms', 'auto', '--plan', plan);
    expect(benched).toMatchObject({ status: 0, err: '' });
    const { contenders, subject } = json<BenchReport>(file);
    expect(contenders.map(({ name }) => name)).toEqual([
      'zeroskip (im2col)',
      'zeroskip (auto)',
      'zeroskip (plan)',
    ]);
    expect(contenders[1]!.command).toMatch(/--algorithms auto$/);
    expect(subject).toBe('zeroskip (plan)');
  });

  it('runs depthwise layers of the baseline by direct, and claims nothing of them', async () => {
    const depthwise = folder.write(
      'depthwise.onnx',
      onnxModel({
        inputs: [valueInfo('x', 'float32', [1, 3, 16, 12])],
        outputs: [valueInfo('y', 'float32', [1, 3, 14, 10])],
        constants: { w: new Tensor('float32', sparseValues(27, 1, 1), [3, 1, 3, 3]) },
        nodes: [node('Conv', ['x', 'w'], ['y'], { group: 3 }, 'deep')],
      }),
    );
    const file = folder.path('depthwise.json');
    const args = words('--input @x.npy --threads 1 --runs 1 --layers --json @depthwise.json');
    const { status, out, err } = await zeroskip('bench', depthwise, ...args, '--algorithms', 'direct');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const { comparison, claims, layers } = json<BenchReport>(file);
    expect(comparison!.layers[0]!.own.map(({ algorithm }) => algorithm)).toEqual(['direct', 'direct']);
    expect(claims).toBeUndefined();
    expect(layers[0]!.im2colMs).toBeUndefined();
    expect(out).toContain(
      'Baseline     im2col, but direct for groups of one channel, which it refuses (1 of 1 layers)',
    );
  });
});
