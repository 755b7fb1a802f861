import { factor, percent } from '../../report/figures.ts';
import type { HeatMap } from '../../report/heat-map.ts';
import { layerCells, layerColumns } from '../../report/layer-columns.ts';
import {
  axis,
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
import { mean } from '../../statistics.ts';
import { compressionRatio, type LayerInspection } from './measure.ts';
import { compressed, type InspectionReport, meanDensity } from './records.ts';

function densityChart(layers: readonly LayerInspection[]): string {
  const caption = 'Non-zero share of each convolution’s input, the mean over all images.';
  return figure(caption, layerSize(layers), (ink) => ({
    grid,
    xAxis: layerAxis(layers, ink),
    yAxis: axis(ink, 'density', { max: 1 }),
    series: [{ type: 'bar', data: layers.map((layer) => Number(meanDensity(layer).toFixed(4))) }],
  }));
}

function ratioChart(layers: readonly LayerInspection[]): string {
  return figure('CR: bytes of im2col ÷ bytes of each format.', layerSize(layers), (ink) => ({
    grid,
    legend: legend(ink),
    xAxis: layerAxis(layers, ink),
    yAxis: axis(ink, 'CR', { type: 'log', min: 1 }),
    series: compressed.map((id) => ({
      type: 'line' as const,
      symbol: 'none',
      name: id,
      data: layers.map((layer) => Number(compressionRatio(layer, id).toPrecision(4))),
    })),
  }));
}

const TILE = 4;
const ones = (mask: number) => Array.from({ length: TILE }, (_, bit) => (mask >> bit) & 1);

function patternChart(layers: readonly LayerInspection[]): string {
  const shares = (layer: LayerInspection, count: number) =>
    layer.patterns.reduce(
      (sum, share, mask) => (ones(mask).filter(Boolean).length === count ? sum + share : sum),
      0,
    );
  const caption =
    'How many of four neighbours of a row are not zero: shares of all such sets, layer by layer.';
  return figure(caption, layerSize(layers), (ink) => ({
    grid,
    legend: legend(ink),
    xAxis: layerAxis(layers, ink),
    yAxis: axis(ink, 'share', { max: 1 }),
    series: Array.from({ length: TILE + 1 }, (_, count) => ({
      type: 'bar' as const,
      stack: 'sets',
      name: `${count} of ${TILE}`,
      data: layers.map((layer) => Number(shares(layer, count).toFixed(4))),
    })),
  }));
}

function histogramChart(layers: readonly LayerInspection[]): string {
  const masks = Array.from({ length: 2 ** TILE }, (_, mask) => mask);
  const caption = 'Patterns of four neighbours (1: not zero), the mean of the layers’ shares.';
  return figure(caption, { width: NARROWEST, height: 300 }, (ink) => ({
    grid,
    xAxis: {
      type: 'category',
      data: masks.map((mask) => ones(mask).join('')),
      axisLabel: { color: ink.text, rotate: 90 },
    },
    yAxis: axis(ink, 'share'),
    series: [
      {
        type: 'bar',
        data: masks.map((mask) => Number(mean(layers.map(({ patterns }) => patterns[mask]!)).toFixed(4))),
      },
    ],
  }));
}

/** The page that `zeroskip inspect --html` writes. */
export async function inspectionPage(
  { environment, model, inputs, layers }: InspectionReport,
  maps: ReadonlyMap<string, HeatMap>,
): Promise<string> {
  const titles = [
    ...layerColumns.map(({ title }) => title),
    ...['empty channels', 'empty tiles'],
    ...compressed.map((id) => `CR ${id}`),
  ];
  const rows = layers.map((layer) => [
    ...layerCells({ ...layer, density: meanDensity(layer) }),
    percent(layer.allZeroChannels),
    percent(layer.allZeroTiles),
    ...compressed.map((id) => factor(compressionRatio(layer, id))),
  ]);
  return htmlPage(`zeroskip inspect: ${model.path}`, [
    machineFacts(environment, model, inputs),
    ...(layers.length === 0
      ? ['<p>No convolutions.</p>']
      : [
          '<h2>Zeros</h2>',
          densityChart(layers),
          patternChart(layers),
          histogramChart(layers),
          '<h2>Sizes</h2>',
          ratioChart(layers),
          htmlTable(titles, rows),
          await pictures(
            layers.map((layer) => ({ ...layer, density: meanDensity(layer) })),
            maps,
          ),
        ]),
  ]);
}
