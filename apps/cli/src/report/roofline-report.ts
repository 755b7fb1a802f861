import type { MachineRates, MeterRates, TargetInfo } from '@zeroskip/kernels';
import type { Environment } from '../machine.ts';
import type { AlgorithmRoof, LayerRoof, Rate } from '../roofline.ts';
import { milliseconds, percent } from './figures.ts';
import { layerCells, layerColumns } from './layer-columns.ts';
import { machineLines } from './machine-lines.ts';
import { shorten, table } from './table.ts';

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

function roofCells({
  ms,
  dense,
  denseCompute,
  nonZero,
  nonZeroCompute,
  sparse,
  intensity,
  bound,
}: AlgorithmRoof) {
  return [
    milliseconds(ms),
    shares(dense, denseCompute),
    sparse ? shares(nonZero, nonZeroCompute) : '',
    intensity.toFixed(0),
    bound === 'memory' ? 'DRAM' : 'FMA',
  ];
}

/** A line for each layer, and one for each algorithm below it. */
function layerRoofTable(layers: readonly LayerRoof[]): string {
  const measures = [right('ms'), right('of peak'), right('non-zeros'), right('flop/B'), { title: 'bound' }];
  const blanks = (columns: readonly unknown[]) => columns.map(() => '');
  const rows = layers.flatMap((layer) => [
    [...shownCells(layer), ...blanks(measures)],
    ...layer.algorithms.map((run) => [
      `  ${shorten(run.algorithm, 20)}`,
      ...blanks(shownColumns.slice(1)),
      ...roofCells(run),
    ]),
  ]);
  return table([...shownColumns, ...measures], rows);
}

/** What `zeroskip roofline` prints: at most 100 columns wide. */
export function rooflineText(report: RooflineReport): string {
  const { environment, targets, machine, model, layers = [] } = report;
  const built = targets.map(({ name, supported }) => (supported ? name : `${name} (not on this machine)`));
  const ofLayers =
    layers.length === 0
      ? []
      : [
          '',
          layerRoofTable(layers),
          '',
          'of peak      operations of a dense convolution ÷ time ÷ the peak measured around the layer:',
          '             from start to end / with encoding or lowering left out',
          'non-zeros    the same for operations on non-zeros alone',
          'flop/B       operations done for each byte of input, weights and output, moved once',
          `bound        the lower roof at that intensity, of multiply-adds (FMA) and of reading DRAM`,
        ];
  return [
    ...machineLines(environment, model),
    `Built for    ${built.join(', ')}`,
    '',
    machineTable(machine),
    ...ofLayers,
  ].join('\n');
}
