import type { ZooResult } from './measure.ts';
import type { ZooModel } from './model.ts';

/** What was found out about a network: on one thread and on two, or why not. */
export interface ZooRow {
  readonly model: ZooModel;
  readonly results: readonly (ZooResult | { readonly problem: string })[];
}

const times = (ratio: number) => `${ratio.toFixed(2)}×`;

const HEADER = [
  'network',
  'onnxruntime, CPU ms',
  'Zeroskip, CPU ms',
  'ratio (quartiles), 1 thread',
  'ratio (quartiles), 2 threads',
  'load',
  'difference',
];

function isResult(result: ZooRow['results'][number]): result is ZooResult {
  return !('problem' in result);
}

function cells({ model, results }: ZooRow): string[] {
  const failed = results.find((result) => !isResult(result));
  if (failed)
    return [model.name, (failed as { problem: string }).problem.replaceAll('|', '\\|'), '', '', '', '', ''];
  const [one, two] = results.filter(isResult) as [ZooResult, ZooResult];
  const spread = ({ ratio, quartiles }: ZooResult) =>
    `${times(ratio)} (${quartiles.map((q) => q.toFixed(2)).join('–')})`;
  return [
    model.name,
    one.onnxruntimeMs.toFixed(2),
    one.zeroskipMs.toFixed(2),
    spread(one),
    spread(two),
    times(one.loadRatio),
    one.difference.toExponential(0),
  ];
}

export const geometricMean = (values: readonly number[]) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** The table in Markdown, and what it comes to. */
export function zooTable(rows: readonly ZooRow[]): string {
  const lines = [HEADER, HEADER.map(() => '---'), ...rows.map(cells)].map(
    (line) => `| ${line.join(' | ')} |`,
  );
  const sums = [1, 2].map((threads) => {
    const ratios = rows
      .flatMap(({ results }) => results.filter(isResult))
      .filter((result) => result.threads === threads)
      .map(({ ratio }) => ratio)
      .sort((a, b) => a - b);
    if (ratios.length === 0) return '';
    const middle = ratios[ratios.length >> 1]!;
    const slower = ratios.filter((ratio) => ratio < 1).length;
    const on = threads === 1 ? 'On one thread (CPU time)' : 'On two threads (wall time)';
    return (
      `${on}: geometric mean ${times(geometricMean(ratios))}, median ${times(middle)}, from ${times(ratios[0]!)} to ` +
      `${times(ratios.at(-1)!)}; ${slower} of ${ratios.length} slower than onnxruntime.`
    );
  });
  return [...lines, '', ...sums].join('\n');
}
