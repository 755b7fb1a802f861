import { milliseconds, percent } from './figures.ts';
import { layerCells, layerColumns } from './layer-columns.ts';
import { axis, figure, grid, htmlPage, htmlTable, legend, machineFacts, NARROWEST } from './page.ts';
import type { RooflineReport } from './roofline-report.ts';

const three = (value: number) => Number(value.toPrecision(3));

/** Both roofs of the largest number of threads, and every layer's rate under them. */
function roofChart({ machine, layers = [], environment: { threads } }: RooflineReport): string {
  const peak = machine.fma.find((rates) => rates.threads === threads)!.median;
  const { median: bandwidth } = machine.memory
    .filter((rates) => rates.kind === 'read' && rates.threads === threads)
    .at(-1)!;
  const algorithms = layers.flatMap((layer) => layer.algorithms.filter((one) => one.threads === threads));
  const intensities = [...algorithms.map(({ intensity }) => intensity), peak / bandwidth];
  const [low, high] = [Math.min(...intensities) / 2, Math.max(...intensities) * 2];
  const caption =
    'Operations that each convolution does (those on non-zeros for algorithms that skip zeros), by its intensity; the roof is reading DRAM and the peak of multiply-adds.';
  return figure(caption, { width: NARROWEST, height: 400 }, (ink) => ({
    grid,
    legend: legend(ink),
    xAxis: axis(ink, 'operations ÷ byte', { type: 'log', min: three(low), max: three(high), nameGap: 28 }),
    yAxis: axis(ink, 'GFLOP/s', { type: 'log', min: 'dataMin' }),
    series: [
      {
        type: 'line' as const,
        name: 'roof',
        symbol: 'none',
        lineStyle: { color: ink.text },
        itemStyle: { color: ink.text },
        data: [low, peak / bandwidth, high].map((at) => [three(at), three(Math.min(peak, at * bandwidth))]),
      },
      ...[...new Set(algorithms.map(({ algorithm }) => algorithm))].map((id) => ({
        type: 'scatter' as const,
        name: id,
        symbolSize: 6,
        data: algorithms
          .filter(({ algorithm }) => algorithm === id)
          .map(({ sparse, intensity, dense, nonZero }) => [
            three(intensity),
            three((sparse ? nonZero : dense).gflops),
          ]),
      })),
    ],
  }));
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
    ...(layers.length === 0 ? [] : [roofChart(report), htmlTable(titles, rows)]),
  ]);
}
