import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { describe, expect, it } from 'vitest';
import type { BenchReport } from '../../../src/commands/bench/report.ts';
import { compareReports } from '../../../src/commands/compare/comparison.ts';
import { zeroskip } from '../../support/zeroskip.ts';

const folder = temporaryFolder();

/** Samples around `ms`, the same each time. */
const around = (ms: number) => [0.98, 1.01, 1, 0.99, 1.02, 1, 1.01].map((share) => share * ms);

function report(own: number, peer?: number, changes: object = {}): BenchReport {
  const peers = peer === undefined ? {} : { onnxruntime: '1.30.0' };
  return {
    environment: { cpu: 'Example', target: 'avx2', threads: 2, node: '20.0.0', peers },
    model: { path: 'm.onnx', sha256: 'a'.repeat(64) },
    contenders: [
      { name: 'zeroskip (plan)', threads: 2, samplesMs: around(own) },
      ...(peer === undefined ? [] : [{ name: 'onnxruntime', threads: 2, samplesMs: around(peer) }]),
    ],
    ...changes,
  } as unknown as BenchReport;
}

const changeOf = (before: BenchReport, after: BenchReport, tolerance = 0.05) =>
  compareReports(before, after, tolerance).contenders[0]!;

describe('compareReports', () => {
  it('tells slower, faster and equal apart, by confidence', () => {
    expect(changeOf(report(100), report(120)).change).toBe('slower');
    expect(changeOf(report(100), report(80)).change).toBe('faster');
    expect(changeOf(report(100), report(103)).change).toBe('equal');
    const { ratio, interval } = changeOf(report(100), report(120));
    expect(ratio).toBeCloseTo(1.2, 12);
    expect(interval.low).toBeLessThan(1.2);
    expect(interval.high).toBeGreaterThan(1.2);
  });

  it('leaves out what slowed the peer as well', () => {
    expect(changeOf(report(100, 200), report(130, 260))).toMatchObject({ change: 'equal' });
    expect(changeOf(report(100, 200), report(100, 150)).change).toBe('slower');
    const other = report(130, 260);
    const environment = { ...other.environment, peers: { onnxruntime: '1.31.0' } };
    expect(changeOf(report(100, 200), { ...other, environment }).change).toBe('slower');
  });

  it('compares what both have, and says what differs between machines', () => {
    const after = report(100, undefined, { contenders: [{ name: 'other', threads: 1, samplesMs: [1] }] });
    expect(() => compareReports(report(100), after, 0.05)).toThrow(/zeroskip \(plan\)/);
    const environment = { ...report(1).environment, threads: 8 };
    expect(compareReports(report(100), report(100, undefined, { environment }), 0.05).differences).toEqual([
      'threads 2 in the first, 8 in the second',
    ]);
  });

  it('compares each number of threads with itself', () => {
    const both = (one: number, two: number, peer: number) =>
      report(0, undefined, {
        environment: report(1, 1).environment,
        contenders: [
          { name: 'zeroskip (plan)', threads: 1, samplesMs: around(one) },
          { name: 'zeroskip (plan)', threads: 2, samplesMs: around(two) },
          { name: 'onnxruntime', threads: 1, samplesMs: around(100) },
          { name: 'onnxruntime', threads: 2, samplesMs: around(peer) },
        ],
      });
    const { contenders, reference } = compareReports(both(80, 40, 50), both(80, 60, 75), 0.05);
    expect(reference).toBe('onnxruntime');
    expect(contenders.map(({ threads, after, change }) => [threads, after, change])).toEqual([
      [1, 80, 'equal'],
      [2, 60, 'equal'],
    ]);
    expect(compareReports(both(80, 40, 50), both(80, 60, 50), 0.05).contenders[1]!.change).toBe('slower');
  });

  it('refuses reports of two models', () => {
    const after = report(100, undefined, { model: { path: 'm.onnx', sha256: 'b'.repeat(64) } });
    expect(() => compareReports(report(100), after, 0.05)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });
});

describe('zeroskip compare', () => {
  const compare = (...args: string[]) => zeroskip('compare', ...args);
  const write = (name: string, value: unknown) => folder.write(name, JSON.stringify(value));

  it('exits with 0 for equals, and with 3 for a regression', async () => {
    const [a, b] = [write('a.json', report(100, 200)), write('b.json', report(120, 200))];
    const same = await compare(a, a);
    expect(same.status).toBe(0);
    expect(same.out).toMatch(/zeroskip \(plan\) +2 +100 +100 +1\.000 .+ equal/);
    const slower = await compare(a, b, '--fail-on', '10%');
    expect(slower.status).toBe(3);
    expect(slower.err).toBe('zeroskip: zeroskip (plan) slower than allowed.\n');
    expect((await compare(a, b, '--fail-on', '0.3')).status).toBe(0);
    expect(slower.out.split('\n').every((line) => line.length <= 100)).toBe(true);
  });

  it.each([
    ['nothing', '{}'],
    ['no JSON', 'x'],
    ['no samples', JSON.stringify({ ...report(1), contenders: [{ name: 'a', samplesMs: [] }] })],
    ['times that are none', JSON.stringify({ ...report(1), contenders: [{ name: 'a', samplesMs: [-1] }] })],
  ])('refuses a report with %s', async (_, text) => {
    const { status, err } = await compare(write('c.json', report(1)), folder.write('d.json', text));
    expect(status).toBe(1);
    expect(err).toMatch(/Expected a report that "zeroskip bench --json" wrote for the second report/);
  });

  it.each(['0', '5', '%', '', '-1%'])('refuses --fail-on %j', async (value) => {
    const a = write('e.json', report(1));
    expect((await compare(a, a, '--fail-on', value)).status).toBe(2);
  });
});
