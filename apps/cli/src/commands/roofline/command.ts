import { algorithm, type MachineRates, targets } from '@zeroskip/kernels';
import { InvalidArgumentError } from 'commander';
import { inputFiles } from '../../input/files.ts';
import { readInputs } from '../../input/read.ts';
import { chosenLayers } from '../../layers/filter.ts';
import { environment, machineRates } from '../../machine.ts';
import { commandOf, modelArgument, networkOptions, option, reportOptions } from '../../options.ts';
import { writeReports } from '../../report/row-files.ts';
import { withNetwork } from '../../session.ts';
import { type Terminal, withProgress } from '../../terminal.ts';
import type { RooflineReport } from './measure.ts';
import { measureRoofline, type RooflineOptions } from './measure.ts';
import { rooflineKeys, rooflineRecords } from './records.ts';
import { rooflineText } from './text.ts';

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

function ofModel(
  model: string,
  path: string,
  machine: MachineRates,
  options: RooflineOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Pick<RooflineReport, 'model' | 'input' | 'layers'>> {
  const threads = Math.max(...options.threads);
  return withNetwork(model, { ...options, threads }, terminal, async (session, file) => {
    chosenLayers(options.layers ?? true, session.nodes);
    const { inputs } = await readInputs(model, session.inputMetadata, { ...options, inputs: [path] });
    const roofs = await withProgress(terminal, 'Timing', (onProgress) =>
      measureRoofline(session, inputs[0]!, options, memoryRate(machine), signal, onProgress),
    );
    return { model: file, input: path, layers: roofs };
  });
}

async function roofline(
  model: string | undefined,
  options: RooflineOptions,
  terminal: Terminal,
): Promise<void> {
  const { threads } = options;
  for (const id of options.algorithms ?? []) algorithm(id);
  const path = model === undefined ? undefined : await onlyPath(options.inputs);
  const machine = await machineRates([...new Set([1, ...threads])], terminal);
  const interruption = terminal.interruption();
  const { signal } = interruption;
  try {
    const report: RooflineReport = {
      environment: environment(Math.max(...threads)),
      targets: targets(),
      machine,
      ...(path !== undefined && (await ofModel(model!, path, machine, options, terminal, signal))),
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

export const rooflineCommand = (terminal: Terminal) =>
  commandOf('roofline', "measure the machine's peaks, and each convolution's share of them on real input", [
    modelArgument('[model]'),
    ...networkOptions({ isMandatory: false }),
    option.threadCounts(),
    option.plan(),
    option.algorithms(),
    option.layers('all convolutions'),
    option.runs(),
    ...reportOptions('time of a convolution', 'the times'),
  ])
    .addHelpText(
      'after',
      '\nExamples:\n  zeroskip roofline\n  zeroskip roofline model.onnx --input photo.jpg --threads 1,2 --algorithms cps,direct',
    )
    .action((model: string | undefined, options: RooflineOptions) => roofline(model, options, terminal));
