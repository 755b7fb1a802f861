import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { geometricMean } from '../zoo/table.ts';
import type { Ratio, Times } from './measure.ts';
import type { TensorFlowModel } from './models.ts';

const child = fileURLToPath(new URL('./child.js', import.meta.url));

type Timed = Times | { readonly problem: string };

/** A model's times on one thread and on two. */
export interface TimedRow {
  readonly name: string;
  readonly times: readonly [Timed, Timed];
}

async function timed(name: string, threads: number, ms: number): Promise<Timed> {
  const process = fork(child, [name, String(threads), String(ms)]);
  const ended = once(process, 'exit').then(([status]) => ({ problem: `the process ended with ${status}` }));
  const [result] = (await Promise.race([once(process, 'message'), ended.then((problem) => [problem])])) as [
    Timed,
  ];
  await ended;
  return result;
}

/** Times a model for `ms` milliseconds on one thread, and on two. */
export async function timeModel({ name }: TensorFlowModel, ms: number): Promise<TimedRow> {
  return { name, times: [await timed(name, 1, ms), await timed(name, 2, ms)] };
}

const text = (ratio: Ratio | undefined) =>
  ratio
    ? `${ratio.ratio.toFixed(2)}× (${ratio.quartiles.map((each) => each.toFixed(2)).join('–')})`
    : 'does not run';

function cells({ name, times }: TimedRow): string[] {
  const failed = times.find((each) => 'problem' in each);
  if (failed) return [name, (failed as { problem: string }).problem.replaceAll('|', '\\|'), '', '', ''];
  const [one, two] = times as readonly [Times, Times];
  return [
    name,
    one.zeroskipMs.toFixed(2),
    text(one.tensorflow),
    text(one.onnxruntime),
    text(two.onnxruntime),
  ];
}

function sum(what: string, ratios: readonly (Ratio | undefined)[]): string {
  const values = ratios.flatMap((each) => each?.ratio ?? []).sort((a, b) => a - b);
  if (values.length === 0) return `${what}: none ran.`;
  const slower = values.filter((value) => value < 1).length;
  return (
    `${what}: geometric mean ${geometricMean(values).toFixed(2)}×, from ${values[0]!.toFixed(2)}× to ` +
    `${values.at(-1)!.toFixed(2)}×; ${slower} of ${values.length} slower here.`
  );
}

/** The table in Markdown, and what it comes to. */
export function timesTable(rows: readonly TimedRow[]): string {
  const header = [
    'model',
    'Zeroskip, CPU ms',
    'TensorFlow.js, 1 thread',
    'onnxruntime, 1 thread',
    'onnxruntime, 2 threads',
  ];
  const lines = [header, header.map(() => '---'), ...rows.map(cells)].map(
    (line) => `| ${line.join(' | ')} |`,
  );
  const of = (at: 0 | 1) => rows.flatMap(({ times }) => ('problem' in times[at] ? [] : [times[at] as Times]));
  const sums = [
    sum(
      'TensorFlow.js (wasm, SIMD), CPU time on one thread',
      of(0).map(({ tensorflow }) => tensorflow),
    ),
    sum(
      'onnxruntime, CPU time on one thread',
      of(0).map(({ onnxruntime }) => onnxruntime),
    ),
    sum(
      'onnxruntime, wall time on two threads',
      of(1).map(({ onnxruntime }) => onnxruntime),
    ),
  ];
  return [...lines, '', ...sums].join('\n');
}
