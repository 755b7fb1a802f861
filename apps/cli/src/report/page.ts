import { format } from 'echarts/core';
import type { ModelFile } from '../files.ts';
import type { LayerShape } from '../layers/shape.ts';
import type { EngineVersions, Environment } from '../machine.ts';
import { type ChartSize, svgChart } from './charts.ts';
import { gibibytes } from './figures.ts';
import { layerName } from './layer-columns.ts';
import { lines, type Part } from './lines.ts';
import { type Column, cellsOf } from './table.ts';

type Option = Parameters<typeof svgChart>[0];

/** Colours of text and lines on paper and on a dark screen. */
const INKS = { light: { text: '#333', line: '#ccc' }, dark: { text: '#ddd', line: '#555' } } as const;
export type Ink = (typeof INKS)[keyof typeof INKS];

/** For HTML. */
export const encoded = (text: string) => format.encodeHTML(text);

const PER_LAYER = 7;
const NARROWEST = 640;

/** A chart in both colours; the style sheet shows one. */
export function figure(
  caption: string,
  { width = NARROWEST, height }: Partial<ChartSize> & Pick<ChartSize, 'height'>,
  option: (ink: Ink) => Option,
): string {
  const images = Object.entries(INKS).map(([name, ink]) => {
    const textStyle = { color: ink.text };
    const base = { backgroundColor: 'transparent', textStyle, grid: GRID };
    const svg = svgChart({ ...base, ...option(ink) }, { width, height });
    return `<div class="${name}">${svg}</div>`;
  });
  const wide = width > NARROWEST ? 'wide' : 'whole';
  return `<figure><div class="${wide}">${images.join('')}</div><figcaption>${encoded(caption)}</figcaption></figure>`;
}

export const axis = (ink: Ink, name: string, more: object = {}) => ({
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

const GRID = { left: 60, right: 20, top: 40, bottom: 55 };

export const legend = (ink: Ink) => ({ top: 0, textStyle: { color: ink.text } });

const layerAxis = (rows: readonly LayerShape[], ink: Ink) => ({
  type: 'category' as const,
  data: rows.map(layerName),
  name: 'layers in order of execution',
  nameLocation: 'middle' as const,
  nameGap: 25,
  nameTextStyle: { color: ink.text },
  axisLabel: { show: false },
  axisTick: { show: false },
});

/** A chart with a place for each layer. */
export function layerChart(
  caption: string,
  layers: readonly LayerShape[],
  { name, ...yAxis }: { readonly name: string; readonly [option: string]: unknown },
  series: (ink: Ink) => { readonly name?: string; readonly [option: string]: unknown }[],
  legendType: 'plain' | 'scroll' = 'plain',
): string {
  const size = { width: Math.max(NARROWEST, 100 + PER_LAYER * layers.length), height: 340 };
  return figure(caption, size, (ink) => ({
    ...(series(ink).some((one) => one.name) && { legend: { ...legend(ink), type: legendType } }),
    xAxis: layerAxis(layers, ink),
    yAxis: axis(ink, name, yAxis),
    series: series(ink),
  }));
}

export function htmlTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const line = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${encoded(cell)}</${tag}>`).join('')}</tr>`;
  const titles = columns.map(({ title }) => title);
  const body = rows.map((row) => line('td', cellsOf(columns, row))).join('\n');
  return `<div class="wide"><table><thead>${line('th', titles)}</thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** Two columns that break their lines. */
export function facts(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([name, value]) => `<tr><th>${encoded(name)}</th><td>${encoded(value)}</td></tr>`);
  return `<table class="facts"><tbody>${lines.join('\n')}</tbody></table>`;
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
figure { margin: 1rem 0; } figcaption { font-size: 0.85rem; opacity: 0.8; }
.wide { overflow-x: auto; } svg { display: block; max-width: 100%; height: auto; }
.wide svg { min-width: ${NARROWEST}px; }
.facts { white-space: normal; } .facts th, .facts td { text-align: left; vertical-align: top; }
.facts td { overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: 0.85rem; white-space: nowrap; }
th, td { padding: 0.15rem 0.6rem 0.15rem 0; text-align: right; } th:first-child, td:first-child { text-align: left; }
.maps { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 0.5rem; }
.maps img { width: 100%; image-rendering: pixelated; } .maps figure { margin: 0; overflow-wrap: anywhere; }
tbody tr:nth-child(odd) { background: #8881; } .dark { display: none; }
@media (prefers-color-scheme: dark) { .light { display: none; } .dark { display: block; } }
@media print {
  body { max-width: none; font-size: 10px; } .light { display: block; } .dark { display: none; }
  .wide { overflow: visible; }   .wide svg { min-width: 0; } figure, tr { break-inside: avoid; }
}`;

/** Where figures were taken, and of what. */
export function machineFacts(
  environment: Environment & Partial<EngineVersions>,
  model?: ModelFile,
  inputs: readonly string[] = [],
): string {
  const engines = Object.entries({ zeroskip: environment.zeroskip, ...environment.peers });
  return facts([
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
    ['Commit', environment.commit ?? 'an installed package'],
    ['Native addon', `sha256 ${environment.addonSha256}`],
    ['Versions', engines.map(([name, version]) => `${name} ${version}`).join(', ')],
    ...(model === undefined ? [] : [['Model', `${model.path} (sha256 ${model.sha256})`] as const]),
    ...(inputs.length === 0 ? [] : [['Inputs', inputs.join(', ')] as const]),
  ]);
}

/** One page with everything inside: plots as SVG, pictures as data, no script, nothing from elsewhere. */
export function htmlPage(title: string, ...sections: readonly Part[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${encoded(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${encoded(title)}</h1>
${lines(...sections).join('\n')}
</body>
</html>
`;
}
