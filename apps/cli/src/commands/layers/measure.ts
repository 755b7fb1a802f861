import { basename } from 'node:path';
import { readBytes } from '@zeroskip/batch';
import { algorithm, algorithms } from '@zeroskip/kernels';
import { REFERENCE } from '@zeroskip/selector';
import { rangeError } from '@zeroskip/tensor';
import type { Comparison } from '../../layers/comparison.ts';
import { chosenLayers } from '../../layers/filter.ts';
import { parseShapes, type ShapeLayer } from '../../layers/shape-file.ts';
import { joinComparisons, tryShape } from '../../layers/shape-trial.ts';
import { type EngineVersions, type Environment, environment } from '../../machine.ts';
import { namedPeers, versionsOf } from '../../peers/peers.ts';
import type { ReportFiles } from '../../report/row-files.ts';
import { type Terminal, withProgress } from '../../terminal.ts';
import { BASELINE } from '../../trial/contender.ts';

/** What `zeroskip layers --json` writes. */
export interface LayersReport {
  readonly environment: Environment & EngineVersions;
  /** The file. */
  readonly shapes: string;
  /** Convolutions that were left out, as the file has no density for them. */
  readonly left: number;
  /** Whether Ctrl-C ended the timing early. */
  readonly interrupted: boolean;
  readonly comparison: Comparison;
}

export interface LayersOptions extends ReportFiles {
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

/** @returns also how many convolutions there were to time, and what ended that early */
export async function measureLayers(
  options: LayersOptions,
  terminal: Terminal,
): Promise<{ report: LayersReport; wanted: number; reason: unknown }> {
  const { shapes, density, threads, runs, tolerance } = options;
  const engines = namedPeers(options.peers ?? []);
  for (const id of options.algorithms ?? []) algorithm(id);
  const named = options.algorithms ?? algorithms().flatMap(({ id }) => (id === REFERENCE ? [] : [id]));
  const text = (await readBytes('--shapes', shapes)).toString('utf8');
  const all = chosenLayers(options.layers ?? true, parseShapes(text, basename(shapes)));
  const tasks = tasksOf(all, density);
  const trial = {
    threads,
    algorithms: [...new Set([BASELINE, ...named])],
    openPeer: [...engines.values()][0]?.open,
    runs,
    tolerance,
  };
  const comparisons: Comparison[] = [];
  const interruption = terminal.interruption();
  const { signal } = interruption;
  await withProgress(terminal, 'Timing', async (onProgress) => {
    for (const { layer, density } of tasks) {
      if (signal.aborted) break;
      comparisons.push(await tryShape(layer, density, trial));
      onProgress(comparisons.length, tasks.length, layer.name);
    }
  }).finally(interruption.stop);
  if (comparisons.length === 0) throw signal.reason;
  const report = {
    environment: { ...environment(threads), peers: versionsOf(engines) },
    shapes,
    interrupted: comparisons.length < tasks.length,
    left: density === undefined ? all.length - tasks.length : 0,
    comparison: joinComparisons(comparisons),
  };
  return { report, wanted: tasks.length, reason: signal.reason };
}
