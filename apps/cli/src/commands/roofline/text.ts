import type { MachineRates, MeterRates, TargetInfo } from '@zeroskip/kernels';
import type { Environment } from '../../machine.ts';
import { milliseconds, percent } from '../../report/figures.ts';
import { layerCells, layerColumns } from '../../report/layer-columns.ts';
import { machineLines } from '../../report/machine-lines.ts';
import { shorten, table } from '../../report/table.ts';
import type { AlgorithmRoof, LayerRoof, Rate } from './measure.ts';

/** What `zeroskip roofline --json` writes. */
export interface RooflineReport {
  readonly environment: Environment;
  readonly targets: readonly TargetInfo[];
  readonly machine: MachineRates;
  readonly model?: { readonly path: string; readonly sha256: string };
  readonly input?: string;
  readonly layers?: readonly LayerRoof[];
}

const right = (title: string) => ({ title, align: 'right' as const });

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

/** The two roofs: medians and maxima of the slices, for each number of threads. */
function machineTable({ fma, memory }: MachineRates): string {
  const columns = [
    { title: 'roof' },
    right('bytes per thread'),
    ...fma.flatMap(({ threads }) => [
      right(`${threads} ${threads === 1 ? 'thread' : 'threads'}: median`),
      right('max'),
    ]),
  ];
  const rows = new Map<string, (MeterRates & { level: string })[]>();
  for (const entry of memory) {
    const key = `${entry.level} ${entry.kind}`;
    rows.set(key, [...(rows.get(key) ?? []), entry]);
  }
  return table(columns, [
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
const shownColumns = layerColumns.filter(({ title }) => title !== 'map');

function shownCells(layer: LayerRoof): string[] {
  const cells = layerCells(layer);
  return shownColumns.map(({ title }) => {
    const cell = cells[layerColumns.findIndex((column) => column.title === title)]!;
    return title === 'kernel' ? shorten(cell, LONGEST_KERNEL) : cell;
  });
}

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
  const measures = [
    right('ms'),
    right('of peak'),
    right('non-zeros'),
    ...(scales ? [right('scaling')] : [right('flop/B'), { title: 'bound' }]),
  ];
  const blanks = (columns: readonly unknown[]) => columns.map(() => '');
  const rows = layers.flatMap((layer) => [
    [...shownCells(layer), ...blanks(measures)],
    ...layer.algorithms.map((run) => [
      `  ${label(run, scales)}`,
      ...blanks(shownColumns.slice(1)),
      milliseconds(run.ms),
      shares(run.dense, run.denseCompute),
      run.sparse ? shares(run.nonZero, run.nonZeroCompute) : '',
      ...(scales
        ? [scaling(run, layer)]
        : [run.intensity.toFixed(0), run.bound === 'memory' ? 'DRAM' : 'FMA']),
    ]),
  ]);
  return table([...shownColumns, ...measures], rows);
}

/** What `zeroskip roofline` prints: at most 100 columns wide. */
export function rooflineText(report: RooflineReport): string {
  const { environment, targets, machine, model, layers = [] } = report;
  const built = targets.map(({ name, supported }) => (supported ? name : `${name} (not on this machine)`));
  const scales = layers.some(({ peaks }) => peaks.length > 1);
  const ofLayers =
    layers.length === 0
      ? []
      : [
          '',
          layerRoofTable(layers, scales),
          '',
          'of peak      operations of a dense convolution ÷ time ÷ the peak measured around the layer:',
          '             from start to end / with encoding or lowering left out',
          'non-zeros    the same for operations on non-zeros alone',
          ...(scales
            ? [
                'layer        below it, algorithms and numbers of threads',
                'scaling      times faster than on the first number of threads: medians / fastest runs',
              ]
            : [
                'flop/B       operations done for each byte of input, weights and output, moved once',
                'bound        the lower roof at that intensity, of multiply-adds (FMA) and of reading DRAM',
              ]),
        ];
  return [
    ...machineLines(environment, model),
    `Built for    ${built.join(', ')}`,
    '',
    machineTable(machine),
    ...ofLayers,
  ].join('\n');
}
