import { medianMs } from '../../layers/comparison.ts';
import { milliseconds } from '../../report/figures.ts';
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
} from '../../report/page.ts';
import { choicesOf } from '../../trial/contender.ts';
import { densityFits, densitySweeps } from './density-fit.ts';
import { densityPlot } from './density-plot.ts';
import { fitCells, fitTitles, type LayersReport } from './text.ts';

/** The page that `zeroskip layers --html` writes. */
export function layersPage({ environment, shapes, comparison: { layers, rest } }: LayersReport): string {
  const contenders = layers[0]!.own.map(({ contender }) => contender);
  const timesOf = (contender: string, i: number) => {
    const own = layers[i]!.own.find((times) => times.contender === contender)!;
    return own.algorithm === choicesOf(contender) ? medianMs(own) : undefined;
  };
  const peer = rest?.contender;
  const peerMs = layers.map((layer) => layer.peer && medianMs(layer.peer));
  const names = [...contenders, ...(peer === undefined ? [] : [peer])];
  const cell = (ms: number | undefined) => (ms === undefined ? '–' : milliseconds(ms));
  const sweeps = densitySweeps(layers);
  const caption = 'Median milliseconds of each convolution, lowering and encoding included.';
  return htmlPage(`zeroskip layers: ${shapes}`, [
    machineFacts(environment),
    '<h2>Times</h2>',
    figure(caption, layerSize(layers), (ink) => ({
      grid,
      legend: { ...legend(ink), type: 'scroll' },
      xAxis: layerAxis(layers, ink),
      yAxis: axis(ink, 'ms', { type: 'log', min: 'dataMin' }),
      series: names.map((name) => ({
        type: 'scatter' as const,
        symbolSize: 5,
        name: choicesOf(name) ?? name,
        data: layers.map((_, i) => (name === peer ? peerMs[i] : timesOf(name, i)) ?? '-'),
      })),
    })),
    ...(sweeps.length === 0
      ? []
      : [
          '<h2>Times against density</h2>',
          `<figure><div class="whole">${densityPlot(sweeps)}</div></figure>`,
          htmlTable(fitTitles, sweeps.flatMap(densityFits).map(fitCells)),
        ]),
    htmlTable(
      [...layerColumns.map(({ title }) => title), ...names.map((name) => `${choicesOf(name) ?? name}, ms`)],
      layers.map((layer, i) => [
        ...layerCells(layer),
        ...contenders.map((contender) => cell(timesOf(contender, i))),
        ...(peer === undefined ? [] : [cell(peerMs[i])]),
      ]),
    ),
  ]);
}
