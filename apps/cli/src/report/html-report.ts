import { median } from '@zeroskip/selector';
import { format } from 'echarts/core';
import { savings } from '../claims.ts';
import { chosenBytes, im2colBytes, type LayerRow } from '../layer-rows.ts';
import { leastSquares } from '../least-squares.ts';
import type { BenchReport } from './bench-report.ts';
import { type ChartSize, svgChart } from './charts.ts';
import { factor, gibibytes, milliseconds, percent, scientific } from './figures.ts';
import { layerCells, layerColumns, layerName } from './layer-columns.ts';

type Option = Parameters<typeof svgChart>[0];

/** Colours of text and lines on paper and on a dark screen. */
const INKS = { light: { text: '#333', line: '#ccc' }, dark: { text: '#ddd', line: '#555' } } as const;
type Ink = (typeof INKS)[keyof typeof INKS];

const encoded = (text: string) => format.encodeHTML(text);

const PER_LAYER = 7;
const NARROWEST = 640;

/** A chart in both colours; the style sheet shows one. */
function figure(caption: string, size: ChartSize, option: (ink: Ink) => Option): string {
  const images = Object.entries(INKS).map(([name, ink]) => {
    const textStyle = { color: ink.text };
    const svg = svgChart({ backgroundColor: 'transparent', textStyle, ...option(ink) }, size);
    return `<div class="${name}">${svg}</div>`;
  });
  const wide = size.width > NARROWEST ? 'wide' : 'whole';
  return `<figure><div class="${wide}">${images.join('')}</div><figcaption>${encoded(caption)}</figcaption></figure>`;
}

const axis = (ink: Ink, name: string, more: object = {}) => ({
  type: 'value' as const,
  name,
  nameLocation: 'middle' as const,
  nameGap: 38,
  min: 0,
  nameTextStyle: { color: ink.text },
  axisLabel: { color: ink.text },
  axisLine: { lineStyle: { color: ink.line } },
  splitLine: { lineStyle: { color: ink.line } },
  ...more,
});

const legend = (ink: Ink) => ({ top: 0, textStyle: { color: ink.text } });
const grid = { left: 60, right: 20, top: 40, bottom: 55 };

function networkChart({ contenders }: BenchReport): string {
  const names = contenders.map(({ name }) => name);
  const medians = contenders.map(({ samplesMs }) => Number(median(samplesMs).toPrecision(4)));
  const size = { width: NARROWEST, height: 60 + 36 * contenders.length };
  return figure('Median milliseconds of the whole network.', size, (ink) => ({
    grid: { ...grid, left: 170, top: 10, right: 60, bottom: 45 },
    xAxis: axis(ink, 'ms', { nameGap: 28 }),
    yAxis: { type: 'category', inverse: true, data: names, axisLabel: { color: ink.text } },
    series: [
      {
        type: 'bar',
        data: medians,
        label: { show: true, position: 'right', color: ink.text },
      },
    ],
  }));
}

const layerSize = ({ length }: readonly LayerRow[]) => ({
  width: Math.max(NARROWEST, 100 + PER_LAYER * length),
  height: 340,
});

const layerAxis = (rows: readonly LayerRow[], ink: Ink) => ({
  type: 'category' as const,
  data: rows.map(layerName),
  name: 'layers in order of execution',
  nameLocation: 'middle' as const,
  nameGap: 25,
  nameTextStyle: { color: ink.text },
  axisLabel: { show: false },
  axisTick: { show: false },
});

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

function htmlTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${encoded(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((row) => line('td', row)).join('\n');
  return `<div class="wide"><table><thead>${line('th', titles)}</thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** Two columns that break their lines. */
function facts(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([name, value]) => `<tr><th>${encoded(name)}</th><td>${encoded(value)}</td></tr>`);
  return `<table class="facts"><tbody>${lines.join('\n')}</tbody></table>`;
}

function networkRows({ contenders }: BenchReport): string[][] {
  const first = contenders.map(({ samplesMs }) => median(samplesMs));
  return contenders.map(({ name, threads, samplesMs }, i) => [
    name,
    String(threads),
    String(samplesMs.length),
    milliseconds(first[i]!),
    milliseconds(Math.min(...samplesMs)),
    milliseconds(Math.max(...samplesMs)),
    factor(first[0]! / first[i]!),
    factor(first.at(-1)! / first[i]!),
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

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
figure { margin: 1rem 0; } figcaption { font-size: 0.85rem; opacity: 0.8; }
.wide { overflow-x: auto; } svg { display: block; max-width: 100%; height: auto; } .wide svg { min-width: ${NARROWEST}px; }
.facts { white-space: normal; } .facts th, .facts td { text-align: left; overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: 0.85rem; white-space: nowrap; }
th, td { padding: 0.15rem 0.6rem 0.15rem 0; text-align: right; } th:first-child, td:first-child { text-align: left; }
tbody tr:nth-child(odd) { background: #8881; } .dark { display: none; }
@media (prefers-color-scheme: dark) { .light { display: none; } .dark { display: block; } }
@media print {
  body { max-width: none; font-size: 10px; } .light { display: block; } .dark { display: none; }
  .wide { overflow: visible; } .wide svg { min-width: 0; } figure, tr { break-inside: avoid; }
}`;

/** One page with everything inside: plots as SVG, no script, nothing from elsewhere. */
export function htmlReport(report: BenchReport): string {
  const { environment, model, inputs, layers, subject, verification } = report;
  const peers = Object.entries(environment.peers).map(([name, version]) => `${name} ${version}`);
  const machine: [string, string][] = [
    [
      'Machine',
      `${environment.cpu}, ${environment.processors} processors, ${gibibytes(environment.memoryBytes)}`,
    ],
    ['System', `${environment.os} ${environment.arch}, Node.js ${environment.node}`],
    ['Instructions, threads', `${environment.target}, ${environment.threads}`],
    [
      'Processors allowed',
      `${environment.affinity ?? 'not known'}; control group: ${environment.cgroupProcessors ?? 'no limit'}`,
    ],
    ['Native addon', `sha256 ${environment.addonSha256}`],
    ['Versions', [`zeroskip ${environment.zeroskip}`, ...peers].join(', ')],
    ['Model', `${model.path} (sha256 ${model.sha256})`],
    ['Inputs', inputs.join(', ')],
  ];
  const titles = ['contender', 'threads', 'runs', 'median ms', 'min ms', 'max ms'];
  const [first, last] = [report.contenders[0], report.contenders.at(-1)].map(
    (contender) => contender?.name ?? '',
  );
  const sections = [
    facts(machine),
    '<h2>Whole network</h2>',
    networkChart(report),
    htmlTable([...titles, `vs ${first}`, `vs ${last}`], networkRows(report)),
    claimLines(report),
    ...(layers.length === 0
      ? []
      : [
          `<h2>Layers, ${encoded(subject)}</h2>`,
          timeChart(layers),
          savingsChart(layers),
          compressionChart(layers),
          htmlTable(
            [
              ...layerColumns.map(({ title }) => title),
              ...['algorithm', 'ms', 'encoding', 'im2col ms', 'savings', 'CR', 'workspace, MiB'],
            ],
            layers.map(layerLine),
          ),
        ]),
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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>zeroskip bench: ${encoded(model.path)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>zeroskip bench: ${encoded(model.path)}</h1>
${sections.join('\n')}
</body>
</html>
`;
}
