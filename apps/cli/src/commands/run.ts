import { algorithm } from '@zeroskip/kernels';
import { rangeError } from '@zeroskip/tensor';
import { Command, InvalidArgumentError, Option } from 'commander';
import { hashFile, writeWhole } from '../files.ts';
import { pngOf } from '../image.ts';
import { onlyInput, readInput } from '../inputs.ts';
import { writeNpy } from '../npy.ts';
import { type CommonOptions, modelArgument, option } from '../options.ts';
import { openPlan, openSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';

interface RunOptions extends CommonOptions {
  readonly inputs: string[];
  readonly output: string;
  readonly fetch?: string;
  readonly plan?: string;
  readonly algorithm?: string;
}

type Format = 'npy' | 'png';

function formatOf(path: string): Format {
  const format = /\.(npy|png)$/i.exec(path)?.[1]?.toLowerCase();
  if (format === undefined) {
    throw new InvalidArgumentError(`Expected a .npy or .png file for --output, received "${path}".`);
  }
  return format as Format;
}

async function run(model: string, options: RunOptions, terminal: Terminal): Promise<void> {
  const { inputs, output, threads } = options;
  const format = formatOf(output);
  if (inputs.length !== 1) {
    throw new InvalidArgumentError(`Expected one file for --input of run, received ${inputs.length}.`);
  }
  if (options.algorithm !== undefined) algorithm(options.algorithm);
  const sha256 = await hashFile('the model', model);
  const settings = {
    intraOpNumThreads: threads,
    ...(options.algorithm === undefined ? {} : { algorithm: options.algorithm }),
    ...(options.plan === undefined ? {} : { plan: await openPlan(options.plan, sha256, threads, terminal) }),
  };
  const session = await openSession(model, 'the model', settings, terminal);
  try {
    const name = options.fetch ?? session.outputNames[0]!;
    if (!session.outputNames.includes(name)) {
      throw rangeError('--fetch', `one of ${session.outputNames.join(', ')}`, name);
    }
    const input = onlyInput(session.inputMetadata);
    const { tensor } = await readInput(inputs[0]!, input, options);
    const start = performance.now();
    const { [name]: result } = await session.run({ [input.name]: tensor }, [name]);
    const ms = performance.now() - start;
    const bytes =
      format === 'npy' ? writeNpy(result!) : await pngOf(result!, `output ${JSON.stringify(name)}`);
    await writeWhole('--output', output, bytes);
    terminal.print(
      `Wrote ${name} (${result!.type} ${result!.dims.join(' × ')}) to ${output} after ${ms.toFixed(0)} ms.`,
    );
  } finally {
    await session.release();
  }
}

export function runCommand(terminal: Terminal): Command {
  return new Command('run')
    .description('run a network on one input and write one of its outputs')
    .addArgument(modelArgument())
    .addOption(option.input())
    .addOption(option.mean())
    .addOption(option.std())
    .addOption(
      new Option(
        '-o, --output <file>',
        'a .npy file, or a .png of one grey or colour image (0 is black, 1 is white)',
      ).makeOptionMandatory(),
    )
    .addOption(new Option('--fetch <name>', 'the output to write (default: the first)'))
    .addOption(option.threads())
    .addOption(option.plan())
    .addOption(option.algorithm())
    .addHelpText('after', '\nExample:\n  zeroskip run model.onnx --input photo.jpg --output mask.png')
    .action((model: string, options: RunOptions) => run(model, options, terminal));
}
