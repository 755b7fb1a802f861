import type { Row } from './measure.ts';

const HEADER = [
  'client',
  'runs on',
  'job',
  'answers',
  'first time, ms',
  'onnxruntime, ms',
  'Zeroskip, ms',
  'ratio (quartiles)',
  'of CPU time',
  'node_modules, MB',
];

const times = (ratio: number) => ratio.toFixed(2);
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);

/** The first line of an error, as a cell of a table holds it. */
const oneLine = (text: string) => text.split('\n')[0]!.replaceAll('|', '\\|');

function cells({ client, job, problem, summary, bytes }: Row): string[] {
  const measured = summary
    ? [
        `${summary.firstMs.onnxruntime.toFixed(0)} → ${summary.firstMs.zeroskip.toFixed(0)}`,
        summary.onnxruntimeMs.toFixed(0),
        summary.zeroskipMs.toFixed(0),
        `${times(summary.ratio)}× (${summary.quartiles.map(times).join('–')})`,
        `${times(summary.cpuRatio)}×`,
      ]
    : ['–', '–', '–', '–', '–'];
  const size = `${megabytes(bytes.onnxruntime)} → ${megabytes(bytes.zeroskip)}`;
  return [
    `${client.name} ${client.version}`,
    client.engine,
    job || '–',
    problem === undefined ? 'equal' : oneLine(problem),
    ...measured,
    size,
  ];
}

/** A table in Markdown, which a terminal shows as well. */
export function clientsTable(rows: readonly Row[]): string {
  const lines = [HEADER, ...rows.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const format = (line: readonly string[]) =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [format(HEADER), rule, ...lines.slice(1).map(format)].join('\n');
}
