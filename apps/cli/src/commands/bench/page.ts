import { algorithm } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import { isStandard } from '../../layers/shape.ts';
import { factor, milliseconds, orDash, percent, scientific } from '../../report/figures.ts';
import type { HeatMap } from '../../report/heat-map.ts';
import { layerColumns } from '../../report/layer-columns.ts';
import { lines } from '../../report/lines.ts';
import {
  axis,
  encoded,
  facts,
  figure,
  htmlPage,
  htmlTable,
  layerChart,
  machineFacts,
} from '../../report/page.ts';
import { pictures } from '../../report/pictures.ts';
import { type RoofPoint, roofChart } from '../../report/roof-chart.ts';
import { left } from '../../report/table.ts';
import { leastSquares } from '../../statistics.ts';
import { offSentences, type Verification } from '../../trial/verification.ts';
import { type BenchReport, referenceNames, type Timed } from './report.ts';
import { type LayerRow, loweredRatio, savedShare, storedRatio } from './rows.ts';
import {
  networkColumns,
  ratioColumn,
  savingsColumn,
  storedColumn,
  timeColumn,
  timesFaster,
} from './tables.ts';

function networkChart({ contenders }: BenchReport): string {
  const names = contenders.map(({ name, threads }) => `${name}, ${threads}`);
  const medians = contenders.map(({ samplesMs }) => Number(median(samplesMs).toPrecision(4)));
  return figure(
    'Median milliseconds of the whole network, by contender and number of threads.',
    { height: 60 + 36 * contenders.length },
    (ink) => ({
      grid: { left: 190, top: 10, right: 60, bottom: 45 },
      xAxis: axis(ink, 'ms', { nameGap: 28 }),
      yAxis: { type: 'category', inverse: true, data: names, axisLabel: { color: ink.text } },
      series: [{ type: 'bar', data: medians, label: { show: true, position: 'right', color: ink.text } }],
    }),
  );
}

function timeChart(rows: readonly LayerRow[]): string {
  const algorithms = [...new Set(rows.map(({ algorithm }) => algorithm))];
  const caption =
    'Milliseconds of each convolution, encoding included, by the algorithm that ran; the line is im2col, where it takes the layer.';
  return layerChart(caption, rows, { name: 'ms' }, (ink) => [
    ...algorithms.map((id) => ({
      type: 'bar',
      name: id,
      stack: 'time',
      data: rows.map(({ algorithm, ms }) => (algorithm === id ? ms : 0)),
    })),
    {
      type: 'line',
      name: 'im2col',
      symbol: 'none',
      lineStyle: { width: 1, color: ink.text },
      itemStyle: { color: ink.text },
      data: rows.map(({ im2colMs }) => im2colMs ?? '-'),
    },
  ]);
}

function savingsChart(rows: readonly LayerRow[]): string {
  const points = rows.flatMap((row) => {
    const saved = isStandard(row) ? savedShare(row) : undefined;
    return saved === undefined ? [] : [[row.density, 100 * saved] as const];
  });
  const { slope, intercept } = leastSquares(points);
  const line = [0, 1].map((at) => [at, slope * at + intercept]);
  const caption =
    'Time savings against im2col, by density of the input; layers that are neither pointwise nor grouped, with the fitted line.';
  return figure(caption, { height: 380 }, (ink) => ({
    xAxis: axis(ink, 'density', { max: 1, nameGap: 28 }),
    yAxis: axis(ink, 'savings, %', { min: null, max: 100 }),
    series: [
      { type: 'scatter', symbolSize: 6, data: points },
      ...(Number.isFinite(slope) ? [{ type: 'line', symbol: 'none', data: line }] : []),
    ],
  }));
}

function compressionChart(rows: readonly LayerRow[]): string {
  const caption =
    'CR: bytes of im2col ÷ bytes that the products read; stored: ÷ bytes of the input in the algorithm’s format.';
  const data = (ratio: typeof loweredRatio) =>
    rows.map((row) => Number(ratio(row)?.toPrecision(4) ?? Number.NaN) || '-');
  return layerChart(caption, rows, { name: 'CR' }, () => [
    { type: 'bar', name: 'CR', data: data(loweredRatio) },
    { type: 'line', name: 'stored', symbol: 'none', lineStyle: { width: 1 }, data: data(storedRatio) },
  ]);
}

function roofPoints(rows: readonly LayerRow[]): RoofPoint[] {
  return rows.flatMap(({ algorithm: id, ms, work }) => {
    if (work === undefined) return [];
    const done = algorithm(id).sparse ? work.nonZeroOperations : work.operations;
    return [{ algorithm: id, intensity: done / work.bytes, gflops: done / ms / 1e6 }];
  });
}

function networkHtml(report: BenchReport): string {
  const { contenders } = report;
  return htmlTable(contenders, [
    left('contender, ms', ({ name }) => name),
    ...networkColumns(),
    ...referenceNames(report).map((name) =>
      left(`vs ${name}`, (contender: Timed) => timesFaster(contender, name, contenders)),
    ),
    left('again, beside im2col', ({ command }) => command),
  ]);
}

function layersHtml(layers: readonly LayerRow[]): string {
  return htmlTable(layers, [
    ...layerColumns(),
    left('algorithm', ({ algorithm }) => algorithm),
    timeColumn,
    left('encoding', ({ encodeMs }) => milliseconds(encodeMs)),
    left('im2col ms', ({ im2colMs }) => orDash(im2colMs, milliseconds)),
    savingsColumn,
    ratioColumn,
    storedColumn('CR stored'),
    left('workspace, MiB', ({ workspaceBytes }) => (workspaceBytes / 2 ** 20).toFixed(2)),
    left('exact, error of bound', ({ exactness }) =>
      orDash(exactness?.ofBound, (ofBound) => `${ofBound <= 1 ? 'yes' : 'no'}, ${percent(ofBound)}`),
    ),
  ]);
}

function differencesHtml(verification: readonly Verification[]): string {
  return htmlTable(verification, [
    left('output', ({ output }) => output),
    left('contender', ({ contender }) => contender),
    left('against', ({ against }) => against),
    left('largest difference', ({ maxAbsDiff }) => scientific(maxAbsDiff)),
    left('largest value', ({ maxAbs }) => maxAbs.toPrecision(3)),
    left('allowed difference', ({ limit }) => scientific(limit)),
  ]);
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
export async function benchPage(
  report: BenchReport,
  maps: ReadonlyMap<string, HeatMap> = new Map(),
): Promise<string> {
  const { environment, model, inputs, layers, subject, verification } = report;
  return htmlPage(
    `zeroskip bench: ${model.path}`,
    machineFacts(environment, model, inputs),
    '<h2>Whole network</h2>',
    networkChart(report),
    networkHtml(report),
    claimLines(report),
    layers.length > 0 &&
      lines(
        `<h2>Layers, ${encoded(subject)}</h2>`,
        timeChart(layers),
        savingsChart(layers),
        compressionChart(layers),
        report.roofs && roofChart(report.roofs, environment.threads, roofPoints(layers)),
        layersHtml(layers),
      ),
    maps.size > 0 && (await pictures(layers, maps)),
    '<h2>Differences of outputs</h2>',
    differencesHtml(verification),
    offSentences(verification).map((sentence) => `<p>${encoded(sentence)}</p>`),
  );
}
