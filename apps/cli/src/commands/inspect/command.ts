import type { ActivationMap } from '@zeroskip/formats';
import { isConvolutionTrace } from '@zeroskip/runner';
import { Command } from 'commander';
import { hashModel } from '../../files.ts';
import { networkInput, readInputs } from '../../input/read.ts';
import { environment } from '../../machine.ts';
import { type CommonOptions, modelArgument, option } from '../../options.ts';
import { type HeatMap, heatMap } from '../../report/heat-map.ts';
import { type ReportFiles, writeReports } from '../../report/row-files.ts';
import { openSession } from '../../session.ts';
import type { Terminal } from '../../terminal.ts';
import { inspectLayers } from './measure.ts';
import { type InspectionReport, inspectionKeys, inspectionRecord } from './records.ts';
import { inspectionText } from './text.ts';

interface InspectOptions extends CommonOptions, ReportFiles {
  readonly inputs: string[];
}

async function inspect(model: string, options: InspectOptions, terminal: Terminal): Promise<void> {
  const { threads, inputs: paths } = options;
  const { followLinks = false } = options;
  const sha256 = await hashModel(model, options);
  const session = await openSession(
    model,
    'the model',
    { intraOpNumThreads: threads, followLinks },
    terminal,
  );
  try {
    const input = networkInput(session.inputMetadata, options);
    const files = await readInputs(paths, input, options);
    const inputs = files.map(({ tensor }) => tensor);
    let count = 0;
    await session.run(
      { [input.name]: inputs[0]! },
      {
        trace: (layers) => {
          count = layers.filter(isConvolutionTrace).length;
        },
      },
    );
    const progress = terminal.progress('Inspecting');
    const maps = new Map<string, HeatMap>();
    const onFirst = (name: string, map: ActivationMap) => void maps.set(name, heatMap(map));
    const layers = await inspectLayers(
      session,
      inputs,
      count,
      progress.update,
      options.html === undefined ? undefined : onFirst,
    ).finally(progress.stop);
    const report: InspectionReport = {
      environment: environment(threads),
      model: { path: model, sha256 },
      inputs: files.map(({ path }) => path),
      layers,
    };
    await writeReports(options, {
      report,
      records: layers.map(inspectionRecord),
      shown: inspectionKeys,
      // The plotting library takes a while to load.
      html: async () => (await import('./page.ts')).inspectionPage(report, maps),
    });
    terminal.print(inspectionText(layers, files.length));
  } finally {
    await session.release();
  }
}

export function inspectCommand(terminal: Terminal): Command {
  return new Command('inspect')
    .description('show where the zeros of every convolution’s real input are, and its size in every format')
    .addArgument(modelArgument())
    .addOption(option.followLinks())
    .addOption(option.input())
    .addOption(option.mean())
    .addOption(option.std())
    .addOption(option.size())
    .addOption(option.shape())
    .addOption(option.threads())
    .addOption(option.json())
    .addOption(option.csv())
    .addOption(option.jsonl())
    .addOption(option.markdown())
    .addOption(option.html())
    .addHelpText('after', '\nExample:\n  zeroskip inspect model.onnx --inputs a.jpg b.jpg --html zeros.html')
    .action((model: string, options: InspectOptions) => inspect(model, options, terminal));
}
