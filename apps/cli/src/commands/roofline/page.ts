import { milliseconds, percent } from '../../report/figures.ts';
import { layerCells, layerColumns } from '../../report/layer-columns.ts';
import { htmlPage, htmlTable, machineFacts } from '../../report/page.ts';
import { type RoofPoint, roofChart, three } from '../../report/roof-chart.ts';
import type { RooflineReport } from './text.ts';

/** What each algorithm does on the largest number of threads. */
function points({ layers = [], environment: { threads } }: RooflineReport): RoofPoint[] {
  return layers.flatMap((layer) =>
    layer.algorithms
      .filter((one) => one.threads === threads)
      .map(({ algorithm, sparse, intensity, dense, nonZero }) => ({
        algorithm,
        intensity,
        gflops: (sparse ? nonZero : dense).gflops,
      })),
  );
}

/** The page that `zeroskip roofline --html` writes. */
export function rooflinePage(report: RooflineReport): string {
  const { environment, machine, model, input, layers = [] } = report;
  const rates = [
    ...machine.fma.map((fma) => [
      'multiply-adds, GFLOP/s',
      ...[fma.threads, three(fma.median), three(fma.max)].map(String),
    ]),
    ...machine.memory.map((memory) => [
      `${memory.level} ${memory.kind}, GB/s`,
      ...[memory.threads, three(memory.median), three(memory.max)].map(String),
    ]),
  ];
  const titles = [
    ...layerColumns.map(({ title }) => title),
    ...[
      'algorithm',
      'threads',
      'ms',
      'of peak',
      'of peak, non-zeros',
      'without encoding',
      'operations ÷ byte',
      'bound',
    ],
  ];
  const rows = layers.flatMap((layer) =>
    layer.algorithms.map((one) => [
      ...layerCells(layer),
      one.algorithm,
      String(one.threads),
      milliseconds(one.ms),
      percent(one.dense.share),
      ...(one.sparse ? [percent(one.nonZero.share), percent(one.nonZeroCompute.share)] : ['–', '–']),
      String(three(one.intensity)),
      one.bound,
    ]),
  );
  return htmlPage(`zeroskip roofline${model === undefined ? '' : `: ${model.path}`}`, [
    machineFacts(environment, model, input === undefined ? [] : [input]),
    '<h2>Roofs</h2>',
    htmlTable(['roof', 'threads', 'median', 'max'], rates),
    ...(layers.length === 0
      ? []
      : [roofChart(machine, environment.threads, points(report)), htmlTable(titles, rows)]),
  ]);
}
