import { algorithm } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import { savings } from '../claims.ts';
import type { HeatMap } from '../heat-map.ts';
import { chosenBytes, im2colBytes, type LayerRow } from '../layer-rows.ts';
import { leastSquares } from '../least-squares.ts';
import { type BenchReport, referenceNames } from './bench-report.ts';
import { factor, milliseconds, percent, scientific } from './figures.ts';
import { layerCells, layerColumns } from './layer-columns.ts';
import { networkCells, networkColumns, timesFaster } from './network-table.ts';
import {
  axis,
  encoded,
  facts,
  figure,
  grid,
  htmlPage,
  htmlTable,
  layerAxis,
  layerSize,
  legend,
  machineFacts,
  NARROWEST,
} from './page.ts';
import { pictures } from './pictures.ts';
import { type RoofPoint, roofChart } from './roof-chart.ts';

function networkChart({ contenders }: BenchReport): string {
  const names = contenders.map(({ name, threads }) => `${name}, ${threads}`);
  const medians = contenders.map(({ samplesMs }) => Number(median(samplesMs).toPrecision(4)));
  const size = { width: NARROWEST, height: 60 + 36 * contenders.length };
  return figure(
    'Median milliseconds of the whole network, by contender and number of threads.',
    size,
    (ink) => ({
      grid: { ...grid, left: 190, top: 10, right: 60, bottom: 45 },
      xAxis: axis(ink, 'ms', { nameGap: 28 }),
      yAxis: { type: 'category', inverse: true, data: names, axisLabel: { color: ink.text } },
      series: [
        {
          type: 'bar',
          data: medians,
          label: { show: true, position: 'right', color: ink.text },
        },
      ],
    }),
  );
}

function timeChart(rows: readonly LayerRow[]): string {
  const algorithms = [...new Set(rows.map(({ algorithm }) => algorithm))];
  const caption =
    'Milliseconds of each convolution, encoding included, by the algorithm that ran; the line is im2col.';
  return figure(caption, layerSize(rows), (ink) => ({
    grid,
    legend: legend(ink),
    xAxis: layerAxis(rows, ink),
    yAxis: axis(ink, 'ms'),
    series: [
      ...algorithms.map((id) => ({
        type: 'bar' as const,
        name: id,
        stack: 'time',
        data: rows.map(({ algorithm, ms }) => (algorithm === id ? ms : 0)),
      })),
      {
        type: 'line' as const,
        name: 'im2col everywhere',
        symbol: 'none',
        lineStyle: { width: 1, color: ink.text },
        itemStyle: { color: ink.text },
        data: rows.map(({ im2colMs }) => im2colMs),
      },
    ],
  }));
}

function savingsChart(rows: readonly LayerRow[]): string {
  const spatial = rows.filter(({ weightShape }) => weightShape[2]! * weightShape[3]! > 1);
  const points = spatial.map(({ density, ms, im2colMs }) => [density, 100 * savings(ms, im2colMs)] as const);
  const { slope, intercept } = leastSquares(points);
  const caption =
    'Time savings against im2col, by density of the input; layers that are not pointwise, with the fitted line.';
  return figure(caption, { width: NARROWEST, height: 380 }, (ink) => ({
    grid,
    xAxis: axis(ink, 'density', { max: 1, nameGap: 28 }),
    yAxis: axis(ink, 'savings, %', { min: null, max: 100 }),
    series: [
      { type: 'scatter', symbolSize: 6, data: points },
      ...(!Number.isFinite(slope)
        ? []
        : [
            {
              type: 'line' as const,
              symbol: 'none',
              data: [0, 1].map((at) => [at, slope * at + intercept]),
            },
          ]),
    ],
  }));
}

const ratio = (row: LayerRow) => im2colBytes(row) / (chosenBytes(row) || Number.POSITIVE_INFINITY);

function compressionChart(rows: readonly LayerRow[]): string {
  const caption =
    'CR: bytes of im2col ÷ bytes of the format that the algorithm reads; none for dense ones without a format.';
  return figure(caption, layerSize(rows), (ink) => ({
    grid,
    xAxis: layerAxis(rows, ink),
    yAxis: axis(ink, 'CR'),
    series: [{ type: 'bar', data: rows.map((row) => Number(ratio(row).toPrecision(4))) }],
  }));
}

function roofPoints(rows: readonly LayerRow[]): RoofPoint[] {
  return rows.flatMap(({ algorithm: id, ms, work }) => {
    if (work === undefined) return [];
    const done = algorithm(id).sparse ? work.nonZeroOperations : work.operations;
    return [{ algorithm: id, intensity: done / work.bytes, gflops: done / ms / 1e6 }];
  });
}

function networkRows(report: BenchReport): string[][] {
  const { contenders } = report;
  return contenders.map((contender) => [
    contender.name,
    ...networkCells(contender),
    ...referenceNames(report).map((reference) => timesFaster(contender, reference, contenders)),
    contender.command,
  ]);
}

function layerLine(row: LayerRow): string[] {
  return [
    ...layerCells(row),
    row.algorithm,
    milliseconds(row.ms),
    milliseconds(row.encodeMs),
    milliseconds(row.im2colMs),
    percent(savings(row.ms, row.im2colMs)),
    ratio(row) === 0 ? '–' : factor(ratio(row)),
    `${(row.workspaceBytes / 2 ** 20).toFixed(2)}`,
    row.exactness === undefined
      ? '–'
      : `${row.exactness.ofBound <= 1 ? 'yes' : 'no'}, ${percent(row.exactness.ofBound)}`,
  ];
}

function claimLines({ claims }: BenchReport): string {
  if (claims === undefined) return '';
  const rows: [string, string][] = [
    ['Savings of all convolutions together', percent(claims.allSavings)],
    [`Savings of the ${claims.layers} layers that are not pointwise, median`, percent(claims.savings.median)],
    ['… at most', percent(claims.savings.max)],
    ['… that skip zeros and beat im2col', percent(claims.sparseShare)],
    ['CR of all layers with a format together', factor(claims.cr.all)],
    ['… of a layer at most', factor(claims.cr.max)],
    ["im2col's largest matrix ÷ peak workspace", factor(claims.workspaceCr)],
  ];
  return `<h2>Against im2col</h2>${facts(rows)}`;
}

/** One page with everything inside: plots as SVG, no script, nothing from elsewhere. */
export async function htmlReport(
  report: BenchReport,
  maps: ReadonlyMap<string, HeatMap> = new Map(),
): Promise<string> {
  const { environment, model, inputs, layers, subject, verification } = report;
  const titles = ['contender', ...networkColumns, ...referenceNames(report).map((name) => `vs ${name}`)];
  const sections = [
    machineFacts(environment, model, inputs),
    '<h2>Whole network</h2>',
    networkChart(report),
    htmlTable([...titles, 'again, beside im2col'], networkRows(report)),
    claimLines(report),
    ...(layers.length === 0
      ? []
      : [
          `<h2>Layers, ${encoded(subject)}</h2>`,
          timeChart(layers),
          savingsChart(layers),
          compressionChart(layers),
          ...(report.roofs === undefined
            ? []
            : [roofChart(report.roofs, environment.threads, roofPoints(layers))]),
          htmlTable(
            [
              ...layerColumns.map(({ title }) => title),
              ...[
                'algorithm',
                'ms',
                'encoding',
                'im2col ms',
                'savings',
                'CR',
                'workspace, MiB',
                'exact, error of bound',
              ],
            ],
            layers.map(layerLine),
          ),
        ]),
    ...(maps.size === 0 ? [] : [await pictures(layers, maps)]),
    '<h2>Differences of outputs</h2>',
    htmlTable(
      ['output', 'contender', 'against', 'largest difference', 'largest value'],
      verification.map(({ output, contender, against, maxAbsDiff, maxAbs }) => [
        output,
        contender,
        against,
        scientific(maxAbsDiff),
        maxAbs.toPrecision(3),
      ]),
    ),
  ];
  return htmlPage(`zeroskip bench: ${model.path}`, sections);
}
