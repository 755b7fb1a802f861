import { factor, percent } from '../../report/figures.ts';
import type { HeatMap } from '../../report/heat-map.ts';
import { type DenseLayer, layerColumns } from '../../report/layer-columns.ts';
import { axis, figure, htmlPage, htmlTable, layerChart, machineFacts } from '../../report/page.ts';
import { pictures } from '../../report/pictures.ts';
import { left } from '../../report/table.ts';
import { mean, sum } from '../../statistics.ts';
import type { InspectionReport } from './measure.ts';
import { compressionRatio, type LayerInspection } from './measure.ts';
import { compressed, withDensity } from './records.ts';

function densityChart(layers: readonly DenseLayer[]): string {
  const caption = 'Non-zero share of each convolution’s input, the mean over all images.';
  return layerChart(caption, layers, { name: 'density', max: 1 }, () => [
    { type: 'bar', data: layers.map(({ density }) => Number(density.toFixed(4))) },
  ]);
}

function ratioChart(layers: readonly LayerInspection[]): string {
  const caption = 'CR: bytes of im2col ÷ bytes of each format.';
  return layerChart(caption, layers, { name: 'CR', type: 'log', min: 1 }, () =>
    compressed.map((id) => ({
      type: 'line',
      symbol: 'none',
      name: id,
      data: layers.map((layer) => Number(compressionRatio(layer, id).toPrecision(4))),
    })),
  );
}

const TILE = 4;
const ones = (mask: number) => Array.from({ length: TILE }, (_, bit) => (mask >> bit) & 1);

function patternChart(layers: readonly LayerInspection[]): string {
  const shares = ({ patterns }: LayerInspection, count: number) =>
    sum(patterns.filter((_, mask) => sum(ones(mask)) === count));
  const caption =
    'How many of four neighbours of a row are not zero: shares of all such sets, layer by layer.';
  return layerChart(caption, layers, { name: 'share', max: 1 }, () =>
    Array.from({ length: TILE + 1 }, (_, count) => ({
      type: 'bar',
      stack: 'sets',
      name: `${count} of ${TILE}`,
      data: layers.map((layer) => Number(shares(layer, count).toFixed(4))),
    })),
  );
}

function histogramChart(layers: readonly LayerInspection[]): string {
  const masks = Array.from({ length: 2 ** TILE }, (_, mask) => mask);
  const names = masks.map((mask) => ones(mask).join(''));
  const means = masks.map((mask) => Number(mean(layers.map(({ patterns }) => patterns[mask]!)).toFixed(4)));
  const caption = 'Patterns of four neighbours (1: not zero), the mean of the layers’ shares.';
  return figure(caption, { height: 300 }, (ink) => ({
    xAxis: { type: 'category', data: names, axisLabel: { color: ink.text, rotate: 90 } },
    yAxis: axis(ink, 'share'),
    series: [{ type: 'bar', data: means }],
  }));
}

/** The page that `zeroskip inspect --html` writes. */
export async function inspectionPage(
  { environment, model, inputs, layers: inspected }: InspectionReport,
  maps: ReadonlyMap<string, HeatMap>,
): Promise<string> {
  const layers = inspected.map(withDensity);
  return htmlPage(
    `zeroskip inspect: ${model.path}`,
    machineFacts(environment, model, inputs),
    layers.length === 0 && '<p>No convolutions.</p>',
    layers.length > 0 && [
      '<h2>Zeros</h2>',
      densityChart(layers),
      patternChart(layers),
      histogramChart(layers),
      '<h2>Sizes</h2>',
      ratioChart(layers),
      htmlTable(layers, [
        ...layerColumns(),
        left('empty channels', ({ allZeroChannels }) => percent(allZeroChannels)),
        left('empty tiles', ({ allZeroTiles }) => percent(allZeroTiles)),
        ...compressed.map((id) =>
          left(`CR ${id}`, (layer: LayerInspection) => factor(compressionRatio(layer, id))),
        ),
      ]),
      await pictures(layers, maps),
    ],
  );
}
