import { algorithm, type MachineRates, measureMachine, targets } from '@zeroskip/kernels';
import { Command, InvalidArgumentError } from 'commander';
import { hashModel } from '../../files.ts';
import { inputFiles } from '../../input/files.ts';
import { networkInput, readInput } from '../../input/read.ts';
import { chosenLayers } from '../../layers/filter.ts';
import { environment } from '../../machine.ts';
import { type ImageOptions, modelArgument, option } from '../../options.ts';
import { type ReportFiles, writeReports } from '../../report/row-files.ts';
import { openPlan, openSession } from '../../session.ts';
import type { Terminal } from '../../terminal.ts';
import { measureRoofline } from './measure.ts';
import { rooflineKeys, rooflineRecords } from './records.ts';
import { type RooflineReport, rooflineText } from './text.ts';

interface RooflineOptions extends ImageOptions, ReportFiles {
  readonly threads: number[];
  readonly inputs?: string[];
  readonly plan?: string;
  readonly algorithms?: string[];
  readonly layers?: string | true;
  readonly runs: number;
}

/** What reading the last level of memory gives, with the largest number of threads. */
function memoryRate({ memory }: MachineRates): number {
  return memory.filter(({ kind }) => kind === 'read').at(-1)!.median;
}

async function onlyPath(inputs: readonly string[] = []): Promise<string> {
  const files = await inputFiles(inputs);
  if (files.length === 1) return files[0]!;
  throw new InvalidArgumentError(
    `Expected one file for --input of roofline with a model, received ${files.length}.`,
  );
}

async function ofModel(
  model: string,
  path: string,
  machine: MachineRates,
  options: RooflineOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Pick<RooflineReport, 'model' | 'input' | 'layers'>> {
  const { threads: counts, plan, algorithms, runs, layers = true } = options;
  const threads = Math.max(...counts);
  const sha256 = await hashModel(model, options);
  const settings = {
    intraOpNumThreads: threads,
    followLinks: options.followLinks ?? false,
    ...(plan === undefined ? {} : { plan: await openPlan(plan, sha256, threads, terminal) }),
  };
  const session = await openSession(model, 'the model', settings, terminal);
  try {
    chosenLayers(layers, session.nodes);
    const { tensor } = await readInput(path, networkInput(session.inputMetadata, options), options);
    const progress = terminal.progress('Timing');
    const roofs = await measureRoofline(session, tensor, {
      threads: counts,
      algorithms,
      layers,
      runs,
      memoryRate: memoryRate(machine),
      onProgress: progress.update,
      signal,
    }).finally(progress.stop);
    return { model: { path: model, sha256 }, input: path, layers: roofs };
  } finally {
    await session.release();
  }
}

async function roofline(
  model: string | undefined,
  options: RooflineOptions,
  terminal: Terminal,
): Promise<void> {
  const { threads } = options;
  for (const id of options.algorithms ?? []) algorithm(id);
  const path = model === undefined ? undefined : await onlyPath(options.inputs);
  const progress = terminal.progress('Measuring the machine');
  const machine = await measureMachine({
    threads: [...new Set([1, ...threads])],
    onProgress: ({ done, total, what }) => progress.update(done, total, what),
  }).finally(progress.stop);
  const interruption = terminal.interruption();
  const { signal } = interruption;
  try {
    const report: RooflineReport = {
      environment: environment(Math.max(...threads)),
      targets: targets(),
      machine,
      ...(path === undefined ? {} : await ofModel(model!, path, machine, options, terminal, signal)),
    };
    await writeReports(options, {
      report,
      records: (report.layers ?? []).flatMap(rooflineRecords),
      shown: rooflineKeys,
      // The plotting library takes a while to load.
      html: async () => (await import('./page.ts')).rooflinePage(report),
    });
    terminal.print(rooflineText(report));
    if (!signal.aborted) return;
    terminal.warn(
      `Interrupted: the figures are of the ${report.layers?.length} convolutions timed until then.`,
    );
    throw signal.reason;
  } finally {
    interruption.stop();
  }
}

export function rooflineCommand(terminal: Terminal): Command {
  return new Command('roofline')
    .description("measure the machine's peaks, and each convolution's share of them on real input")
    .addArgument(modelArgument('[model]'))
    .addOption(option.followLinks())
    .addOption(option.input().makeOptionMandatory(false))
    .addOption(option.mean())
    .addOption(option.std())
    .addOption(option.size())
    .addOption(option.shape())
    .addOption(option.threadCounts())
    .addOption(option.plan())
    .addOption(option.algorithms())
    .addOption(option.layers('all convolutions'))
    .addOption(option.runs())
    .addOption(option.json())
    .addOption(option.csv('time of a convolution'))
    .addOption(option.jsonl('time of a convolution'))
    .addOption(option.markdown('the times'))
    .addOption(option.html())
    .addHelpText(
      'after',
      '\nExamples:\n  zeroskip roofline\n  zeroskip roofline model.onnx --input photo.jpg --threads 1,2 --algorithms cps,direct',
    )
    .action((model: string | undefined, options: RooflineOptions) => roofline(model, options, terminal));
}
