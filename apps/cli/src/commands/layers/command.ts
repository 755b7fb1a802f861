import { basename } from 'node:path';
import { algorithm, algorithms } from '@zeroskip/kernels';
import { REFERENCE } from '@zeroskip/selector';
import { rangeError } from '@zeroskip/tensor';
import { Command, Option } from 'commander';
import { readBytes, writeWhole } from '../../files.ts';
import type { Comparison } from '../../layers/comparison.ts';
import { chosenLayers } from '../../layers/filter.ts';
import { parseShapes, type ShapeLayer } from '../../layers/shape-file.ts';
import { joinComparisons, tryShape } from '../../layers/shape-trial.ts';
import { environment } from '../../machine.ts';
import { option } from '../../options.ts';
import type { Peer } from '../../peers/peer.ts';
import { namedPeers } from '../../peers/peers.ts';
import { type ReportFiles, writeReports } from '../../report/row-files.ts';
import type { Terminal } from '../../terminal.ts';
import { BASELINE } from '../../trial/contender.ts';
import { densitySweeps } from './density-fit.ts';
import { comparisonKeys, comparisonRecords } from './records.ts';
import { type LayersReport, layersText } from './text.ts';

interface LayersOptions extends ReportFiles {
  readonly shapes: string;
  readonly density?: number[];
  readonly threads: number;
  readonly algorithms?: string[];
  readonly peers?: string[];
  readonly layers?: string | true;
  readonly runs: number;
  readonly tolerance: number;
  readonly plot?: string;
}

interface Task {
  readonly layer: ShapeLayer;
  readonly density: number;
}

/** Every layer at each density that is given, or at its own in the file. */
function tasksOf(layers: readonly ShapeLayer[], densities: readonly number[] | undefined): Task[] {
  if (densities !== undefined)
    return layers.flatMap((layer) => densities.map((density) => ({ layer, density })));
  const tasks = layers.flatMap((layer) =>
    layer.density === undefined ? [] : [{ layer, density: layer.density }],
  );
  if (tasks.length === 0) throw rangeError('--density', 'densities, as the shapes have none', undefined);
  return tasks;
}

async function layers(options: LayersOptions, terminal: Terminal): Promise<void> {
  const { shapes, density, threads, runs, tolerance, plot } = options;
  const engines: [string, Peer][] = [...namedPeers(options.peers ?? [])];
  for (const id of options.algorithms ?? []) algorithm(id);
  const named = options.algorithms ?? algorithms().flatMap(({ id }) => (id === REFERENCE ? [] : [id]));
  const text = (await readBytes('--shapes', shapes)).toString('utf8');
  const all = chosenLayers(options.layers ?? true, parseShapes(text, basename(shapes)));
  const tasks = tasksOf(all, density);
  const progress = terminal.progress('Timing');
  const comparisons: Comparison[] = [];
  const interruption = terminal.interruption();
  try {
    for (const { layer, density } of tasks) {
      if (interruption.signal.aborted) break;
      comparisons.push(
        await tryShape(layer, density, {
          threads,
          algorithms: [...new Set([BASELINE, ...named])],
          openPeer: engines[0]?.[1].open,
          runs,
          tolerance,
        }),
      );
      progress.update(comparisons.length, tasks.length, layer.name);
    }
  } finally {
    progress.stop();
    interruption.stop();
  }
  const interrupted = comparisons.length < tasks.length;
  if (comparisons.length === 0) throw interruption.signal.reason;
  const report: LayersReport = {
    environment: {
      ...environment(threads),
      peers: Object.fromEntries(engines.map(([name, peer]) => [name, peer.version()])),
    },
    shapes,
    interrupted,
    left: density === undefined ? all.length - tasks.length : 0,
    comparison: joinComparisons(comparisons),
  };
  if (plot !== undefined) {
    const sweeps = densitySweeps(report.comparison.layers);
    if (sweeps.length === 0 && !interrupted)
      throw rangeError('--density', 'three densities or more for --plot', density);
    const { densityPlot } = await import('./density-plot.ts');
    await writeWhole('--plot', plot, densityPlot(sweeps));
  }
  await writeReports(options, {
    report,
    records: comparisonRecords(report.comparison),
    shown: comparisonKeys,
    // The plotting library takes a while to load.
    html: async () => (await import('./page.ts')).layersPage(report),
  });
  terminal.print(layersText(report));
  if (interrupted) {
    terminal.warn(`Interrupted after ${comparisons.length} of ${tasks.length} convolutions.`);
    throw interruption.signal.reason;
  }
}

export function layersCommand(terminal: Terminal): Command {
  return new Command('layers')
    .description('time single convolutions of given shapes and densities, without a model')
    .addOption(
      new Option(
        '--shapes <file>',
        'a convolution on each line, as in bench/shapes of the repository',
      ).makeOptionMandatory(),
    )
    .addOption(option.densities())
    .addOption(option.threads())
    .addOption(option.algorithms())
    .addOption(option.peers())
    .addOption(option.layers('all convolutions'))
    .addOption(option.runs())
    .addOption(option.tolerance())
    .addOption(new Option('--plot <file>', 'draws the times against the densities, as an SVG image'))
    .addOption(option.json())
    .addOption(option.csv('time of a convolution'))
    .addOption(option.jsonl('time of a convolution'))
    .addOption(option.markdown('the times'))
    .addOption(option.html())
    .addHelpText(
      'after',
      '\nExamples:\n  zeroskip layers --shapes bench/shapes/vgg-16.txt --threads 1 --algorithms cps,direct --peers onnxruntime' +
        '\n  zeroskip layers --shapes bench/shapes/resnet-50.txt --density 0,0.1,0.2,0.4,0.7,1 --plot sweep.svg',
    )
    .action((options: LayersOptions) => layers(options, terminal));
}
