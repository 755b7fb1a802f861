import { median } from '@zeroskip/selector';
import { type Comparison, type LayerComparison, timesOf } from '../../layers/comparison.ts';
import { milliseconds, orDash } from '../../report/figures.ts';
import { layerColumns } from '../../report/layer-columns.ts';
import { htmlPage, htmlTable, layerChart, machineFacts } from '../../report/page.ts';
import { left } from '../../report/table.ts';
import { choicesOf } from '../../trial/contender.ts';
import { densityFits, densitySweeps } from './density-fit.ts';
import { densityPlot } from './density-plot.ts';
import type { LayersReport } from './measure.ts';
import { fitColumns } from './text.ts';

/** A contender's times: those of our own by their algorithms, those of a peer by its profile. */
interface TimeColumn {
  readonly title: string;
  /** Undefined where it did not run the layer itself. */
  ms(layer: LayerComparison): number | undefined;
}

function timeColumns({ layers, rest }: Comparison): TimeColumn[] {
  const ofContender = (contender: string): TimeColumn => ({
    title: choicesOf(contender)!,
    ms: (layer) => {
      const own = timesOf(layer, contender);
      return own.algorithm === choicesOf(contender) ? median(own.samplesMs) : undefined;
    },
  });
  const own = layers[0]!.own.map(({ contender }) => ofContender(contender));
  if (rest === undefined) return own;
  return [...own, { title: rest.contender, ms: ({ peer }) => peer && median(peer.samplesMs) }];
}

/** The page that `zeroskip layers --html` writes. */
export function layersPage({ environment, shapes, comparison }: LayersReport): string {
  const { layers } = comparison;
  const times = timeColumns(comparison);
  const sweeps = densitySweeps(layers);
  const caption = 'Median milliseconds of each convolution, lowering and encoding included.';
  return htmlPage(
    `zeroskip layers: ${shapes}`,
    machineFacts(environment),
    '<h2>Times</h2>',
    layerChart(
      caption,
      layers,
      { name: 'ms', type: 'log', min: 'dataMin' },
      () =>
        times.map(({ title, ms }) => ({
          type: 'scatter',
          symbolSize: 5,
          name: title,
          data: layers.map((layer) => ms(layer) ?? '-'),
        })),
      'scroll',
    ),
    sweeps.length > 0 && [
      '<h2>Times against density</h2>',
      `<figure><div class="whole">${densityPlot(sweeps)}</div></figure>`,
      htmlTable(sweeps.flatMap(densityFits), fitColumns),
    ],
    htmlTable(layers, [
      ...layerColumns(),
      ...times.map(({ title, ms }) =>
        left(`${title}, ms`, (layer: LayerComparison) => orDash(ms(layer), milliseconds)),
      ),
    ]),
  );
}
