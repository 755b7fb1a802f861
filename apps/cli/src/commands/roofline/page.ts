import { milliseconds, percent } from '../../report/figures.ts';
import { layerColumns } from '../../report/layer-columns.ts';
import { htmlPage, htmlTable, machineFacts } from '../../report/page.ts';
import { type RoofPoint, roofChart, three } from '../../report/roof-chart.ts';
import { left } from '../../report/table.ts';
import type { AlgorithmRoof, LayerRoof, Rate, RooflineReport } from './measure.ts';

/** What each algorithm does on the largest number of threads. */
function points({ layers = [], environment: { threads } }: RooflineReport): RoofPoint[] {
  return layers.flatMap((layer) =>
    layer.algorithms
      .filter((one) => one.threads === threads)
      .map(({ algorithm, sparse, intensity, dense, nonZero }) => ({
        algorithm,
        intensity,
        gflops: (sparse ? nonZero : dense).gflops,
      })),
  );
}

function layersHtml(layers: readonly LayerRoof[]): string {
  const runs = layers.flatMap((layer) => layer.algorithms.map((run) => ({ ...layer, run })));
  const ofNonZeros = ({ sparse }: AlgorithmRoof, { share }: Rate) => (sparse ? percent(share) : '–');
  return htmlTable(runs, [
    ...layerColumns(),
    left('algorithm', ({ run }) => run.algorithm),
    left('threads', ({ run }) => String(run.threads)),
    left('ms', ({ run }) => milliseconds(run.ms)),
    left('of peak', ({ run }) => percent(run.dense.share)),
    left('of peak, non-zeros', ({ run }) => ofNonZeros(run, run.nonZero)),
    left('without encoding', ({ run }) => ofNonZeros(run, run.nonZeroCompute)),
    left('operations ÷ byte', ({ run }) => String(three(run.intensity))),
    left('bound', ({ run }) => run.bound),
  ]);
}

/** The page that `zeroskip roofline --html` writes. */
export function rooflinePage(report: RooflineReport): string {
  const { environment, machine, model, input, layers = [] } = report;
  const roofs = [
    ...machine.fma.map((rates) => ({ ...rates, roof: 'multiply-adds, GFLOP/s' })),
    ...machine.memory.map((rates) => ({ ...rates, roof: `${rates.level} ${rates.kind}, GB/s` })),
  ];
  return htmlPage(
    `zeroskip roofline${model === undefined ? '' : `: ${model.path}`}`,
    machineFacts(environment, model, input === undefined ? [] : [input]),
    '<h2>Roofs</h2>',
    htmlTable(roofs, [
      left('roof', ({ roof }) => roof),
      left('threads', ({ threads }) => String(threads)),
      left('median', ({ median }) => String(three(median))),
      left('max', ({ max }) => String(three(max))),
    ]),
    layers.length > 0 && [roofChart(machine, environment.threads, points(report)), layersHtml(layers)],
  );
}
