import type { MachineRates, MeterRates } from '@zeroskip/kernels';
import { milliseconds, percent } from '../../report/figures.ts';
import { layerColumns } from '../../report/layer-columns.ts';
import { lines } from '../../report/lines.ts';
import { machineLines } from '../../report/machine-lines.ts';
import { type Column, cellsOf, left, right, shorten, tableOfCells } from '../../report/table.ts';
import type { AlgorithmRoof, LayerRoof, Rate, RooflineReport } from './measure.ts';

function bytes(count: number): string {
  return count >= 2 ** 20 ? `${Math.round(count / 2 ** 20)} MiB` : `${Math.round(count / 2 ** 10)} KiB`;
}

/** Three digits. */
function rate(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function rateCells(rates: readonly MeterRates[]): string[] {
  return rates.flatMap(({ median, max }) => [rate(median), rate(max)]);
}

const figures = (title: string) => ({ title, align: 'right' }) as const;

/** The two roofs: medians and maxima of the slices, for each number of threads. */
function machineTable({ fma, memory }: MachineRates): string {
  const columns = [
    { title: 'roof' },
    figures('bytes per thread'),
    ...fma.flatMap(({ threads }) => [
      figures(`${threads} ${threads === 1 ? 'thread' : 'threads'}: median`),
      figures('max'),
    ]),
  ];
  const rows = new Map<string, (MeterRates & { level: string })[]>();
  for (const entry of memory) {
    const key = `${entry.level} ${entry.kind}`;
    rows.set(key, [...(rows.get(key) ?? []), entry]);
  }
  return tableOfCells(columns, [
    ['multiply-adds, GFLOP/s', '', ...rateCells(fma)],
    ...[...rows].map(([key, entries]) => [
      `${key}, GB/s`,
      [...new Set(entries.map((entry) => bytes(entry.bytes)))].join(', '),
      ...rateCells(entries),
    ]),
  ]);
}

/** With encoding and without. */
function shares(all: Rate, compute: Rate): string {
  return `${Math.round(all.share * 100)} / ${percent(compute.share)}`;
}

const LONGEST_KERNEL = 12;
const shownColumns = layerColumns(LONGEST_KERNEL).filter(({ title }) => title !== 'map');

function label({ algorithm, threads }: AlgorithmRoof, scales: boolean): string {
  const name = shorten(algorithm, scales ? 10 : 20);
  return scales ? `${name}, ${threads}` : name;
}

/** How many times faster than on the first number of threads: by medians / by the fastest runs. */
function scaling(run: AlgorithmRoof, { algorithms }: LayerRoof): string {
  const first = algorithms.find(({ algorithm }) => algorithm === run.algorithm)!;
  if (first === run) return '';
  const fastest = Math.min(...first.samplesMs) / Math.min(...run.samplesMs);
  return `${(first.ms / run.ms).toFixed(2)} / ${fastest.toFixed(2)}`;
}

/** A line for each layer, and one for each algorithm and number of threads below it. */
function layerRoofTable(layers: readonly LayerRoof[], scales: boolean): string {
  const measures = (layer: LayerRoof): Column<AlgorithmRoof>[] => [
    right('ms', ({ ms }) => milliseconds(ms)),
    right('of peak', ({ dense, denseCompute }) => shares(dense, denseCompute)),
    right('non-zeros', ({ sparse, nonZero, nonZeroCompute }) =>
      sparse ? shares(nonZero, nonZeroCompute) : '',
    ),
    ...(scales
      ? [right('scaling', (run: AlgorithmRoof) => scaling(run, layer))]
      : [
          right('flop/B', ({ intensity }: AlgorithmRoof) => intensity.toFixed(0)),
          left('bound', ({ bound }: AlgorithmRoof) => (bound === 'memory' ? 'DRAM' : 'FMA')),
        ]),
  ];
  const titles = measures(layers[0]!);
  const rows = layers.flatMap((layer) => [
    [...cellsOf(shownColumns, layer), ...titles.map(() => '')],
    ...layer.algorithms.map((run) => [
      `  ${label(run, scales)}`,
      ...shownColumns.slice(1).map(() => ''),
      ...cellsOf(measures(layer), run),
    ]),
  ]);
  return tableOfCells([...shownColumns, ...titles], rows);
}

const SCALING_LEGEND = [
  'layer        below it, algorithms and numbers of threads',
  'scaling      times faster than on the first number of threads: medians / fastest runs',
];
const BOUND_LEGEND = [
  'flop/B       operations done for each byte of input, weights and output, moved once',
  'bound        the lower roof at that intensity, of multiply-adds (FMA) and of reading DRAM',
];

/** What `zeroskip roofline` prints: at most 100 columns wide. */
export function rooflineText(report: RooflineReport): string {
  const { environment, targets, machine, model, layers = [] } = report;
  const built = targets.map(({ name, supported }) => (supported ? name : `${name} (not on this machine)`));
  const scales = layers.some(({ peaks }) => peaks.length > 1);
  return lines(
    machineLines(environment, model),
    `Built for    ${built.join(', ')}`,
    '',
    machineTable(machine),
    layers.length > 0 && [
      '',
      layerRoofTable(layers, scales),
      '',
      'of peak      operations of a dense convolution ÷ time ÷ the peak measured around the layer:',
      '             from start to end / with encoding or lowering left out',
      'non-zeros    the same for operations on non-zeros alone',
      ...(scales ? SCALING_LEGEND : BOUND_LEGEND),
    ],
  ).join('\n');
}
