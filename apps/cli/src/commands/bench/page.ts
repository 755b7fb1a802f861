import { algorithm } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import { isStandard } from '../../layers/shape.ts';
import { factor, milliseconds, orDash, percent, scientific } from '../../report/figures.ts';
import type { HeatMap } from '../../report/heat-map.ts';
import { layerCells, layerColumns } from '../../report/layer-columns.ts';
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
} from '../../report/page.ts';
import { pictures } from '../../report/pictures.ts';
import { type RoofPoint, roofChart } from '../../report/roof-chart.ts';
import { leastSquares } from '../../statistics.ts';
import { offSentences } from '../../trial/verification.ts';
import { networkCells, networkColumns, timesFaster } from './network-table.ts';
import { type LayerRow, loweredRatio, savedShare, storedRatio } from './rows.ts';
import { type BenchReport, referenceNames } from './text.ts';

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
    'Milliseconds of each convolution, encoding included, by the algorithm that ran; the line is im2col, where it takes the layer.';
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
        name: 'im2col',
        symbol: 'none',
        lineStyle: { width: 1, color: ink.text },
        itemStyle: { color: ink.text },
        data: rows.map(({ im2colMs }) => im2colMs ?? '-'),
      },
    ],
  }));
}

function savingsChart(rows: readonly LayerRow[]): string {
  const points = rows.flatMap((row) => {
    const saved = isStandard(row) ? savedShare(row) : undefined;
    return saved === undefined ? [] : [[row.density, 100 * saved] as const];
  });
  const { slope, intercept } = leastSquares(points);
  const caption =
    'Time savings against im2col, by density of the input; layers that are neither pointwise nor grouped, with the fitted line.';
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

function compressionChart(rows: readonly LayerRow[]): string {
  const caption =
    'CR: bytes of im2col ÷ bytes that the products read; stored: ÷ bytes of the input in the algorithm’s format.';
  return figure(caption, layerSize(rows), (ink) => ({
    grid,
    legend: legend(ink),
    xAxis: layerAxis(rows, ink),
    yAxis: axis(ink, 'CR'),
    series: [
      { type: 'bar' as const, name: 'CR', ratio: loweredRatio },
      { type: 'line' as const, name: 'stored', symbol: 'none', lineStyle: { width: 1 }, ratio: storedRatio },
    ].map(({ ratio, ...series }) => ({
      ...series,
      data: rows.map((row) => Number(ratio(row)?.toPrecision(4) ?? Number.NaN) || '-'),
    })),
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
    orDash(row.im2colMs, milliseconds),
    orDash(savedShare(row), percent),
    orDash(loweredRatio(row), factor),
    orDash(storedRatio(row), factor),
    `${(row.workspaceBytes / 2 ** 20).toFixed(2)}`,
    row.exactness === undefined
      ? '–'
      : `${row.exactness.ofBound <= 1 ? 'yes' : 'no'}, ${percent(row.exactness.ofBound)}`,
  ];
}

function claimLines({ claims }: BenchReport): string {
  if (claims === undefined) return '';
  const rows: [string, string][] = [
    ['Layers that are neither pointwise nor grouped, which the figures below are of', String(claims.layers)],
    ['Savings of these together', percent(claims.savings.all)],
    ['… of a layer, median', percent(claims.savings.median)],
    ['… at most', percent(claims.savings.max)],
    ['Share that skips zeros and beats im2col', percent(claims.sparseShare)],
    ['CR of these together', factor(claims.cr.all)],
    ['… of a layer at most', factor(claims.cr.max)],
    [
      `CR of ${claims.storedCr.layers} inputs stored in the algorithm’s format together`,
      factor(claims.storedCr.all),
    ],
    ['… of a layer at most', factor(claims.storedCr.max)],
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
  const titles = ['contender, ms', ...networkColumns, ...referenceNames(report).map((name) => `vs ${name}`)];
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
                'CR stored',
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
      ['output', 'contender', 'against', 'largest difference', 'largest value', 'allowed difference'],
      verification.map(({ output, contender, against, maxAbsDiff, maxAbs, limit }) => [
        output,
        contender,
        against,
        scientific(maxAbsDiff),
        maxAbs.toPrecision(3),
        scientific(limit),
      ]),
    ),
    ...offSentences(verification).map((sentence) => `<p>${encoded(sentence)}</p>`),
  ];
  return htmlPage(`zeroskip bench: ${model.path}`, sections);
}
