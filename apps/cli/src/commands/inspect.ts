import { isConvolutionTrace } from '@zeroskip/runner';
import { Command } from 'commander';
import { hashFile, writeWhole } from '../files.ts';
import { onlyInput, readInputs } from '../inputs.ts';
import { inspectLayers } from '../inspection.ts';
import { environment } from '../machine.ts';
import { type CommonOptions, modelArgument, option } from '../options.ts';
import { inspectionText } from '../report/inspection-text.ts';
import { openSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface InspectOptions extends CommonOptions {
  readonly inputs: string[];
  readonly json?: string;
}

async function inspect(model: string, options: InspectOptions, terminal: Terminal): Promise<void> {
  const { threads, inputs: paths } = options;
  const sha256 = await hashFile('the model', model);
  const session = await openSession(model, 'the model', { intraOpNumThreads: threads }, terminal);
  try {
    const input = onlyInput(session.inputMetadata);
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
    const layers = await inspectLayers(session, inputs, count, progress.update).finally(progress.stop);
    if (options.json !== undefined) {
      const report = {
        environment: environment(threads),
        model: { path: model, sha256 },
        inputs: files.map(({ path }) => path),
        layers,
      };
      await writeWhole('--json', options.json, `${JSON.stringify(report, null, 2)}\n`);
    }
    terminal.print(inspectionText(layers, paths.length));
  } finally {
    await session.release();
  }
}

export function inspectCommand(terminal: Terminal): Command {
  return new Command('inspect')
    .description('show where the zeros of every convolution’s real input are, and its size in every format')
    .addArgument(modelArgument())
    .addOption(option.input())
    .addOption(option.mean())
    .addOption(option.std())
    .addOption(option.threads())
    .addOption(option.json())
    .addHelpText(
      'after',
      '\nExample:\n  zeroskip inspect model.onnx --inputs a.jpg b.jpg --json inspection.json',
    )
    .action((model: string, options: InspectOptions) => inspect(model, options, terminal));
}
