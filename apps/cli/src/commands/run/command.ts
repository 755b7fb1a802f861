import { parse } from 'node:path';
import { algorithm } from '@zeroskip/kernels';
import { rangeError } from '@zeroskip/tensor';
import { InvalidArgumentError, Option } from 'commander';
import { writeWhole } from '../../files.ts';
import { inputFiles } from '../../input/files.ts';
import { pngOf } from '../../input/image.ts';
import { writeNpy } from '../../input/npy.ts';
import { networkInput, readInput } from '../../input/read.ts';
import { type CommonOptions, commandOf, modelArgument, networkOptions, option } from '../../options.ts';
import { withNetwork } from '../../session.ts';
import type { Terminal } from '../../terminal.ts';

interface RunOptions extends CommonOptions {
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

/** Stands for the name of each input in `--output`. */
const NAME = '{name}';

/** Where the result of each input goes. */
function outputsOf(inputs: readonly string[], output: string): string[] {
  if (!output.includes(NAME)) {
    if (inputs.length === 1) return [output];
    throw new InvalidArgumentError(
      `Expected ${NAME} in --output for the name of each of ${inputs.length} inputs, received "${output}".`,
    );
  }
  const outputs = inputs.map((path) => output.replaceAll(NAME, parse(path).name));
  const twice = outputs.find((path, i) => outputs.indexOf(path) < i);
  if (twice === undefined) return outputs;
  throw new InvalidArgumentError(
    `Expected inputs of different names for --output, received "${twice}" twice.`,
  );
}

async function run(model: string, options: RunOptions, terminal: Terminal): Promise<void> {
  const format = formatOf(options.output);
  const inputs = await inputFiles(options.inputs);
  const outputs = outputsOf(inputs, options.output);
  if (options.algorithm !== undefined) algorithm(options.algorithm);
  await withNetwork(model, options, terminal, async (session) => {
    const name = options.fetch ?? session.outputNames[0]!;
    if (!session.outputNames.includes(name)) {
      throw rangeError('--fetch', `one of ${session.outputNames.join(', ')}`, name);
    }
    const input = networkInput(session.inputMetadata, options);
    for (const [i, path] of inputs.entries()) {
      const tensor = await readInput(path, input, options);
      const start = performance.now();
      const { [name]: result } = await session.run({ [input.name]: tensor }, [name]);
      const ms = performance.now() - start;
      const bytes =
        format === 'npy' ? writeNpy(result!) : await pngOf(result!, `output ${JSON.stringify(name)}`);
      await writeWhole('--output', outputs[i]!, bytes);
      terminal.print(
        `Wrote ${name} (${result!.type} ${result!.dims.join(' × ')}) to ${outputs[i]} after ${ms.toFixed(0)} ms.`,
      );
    }
  });
}

export const runCommand = (terminal: Terminal) =>
  commandOf('run', 'run a network on each input and write one of its outputs', [
    modelArgument(),
    ...networkOptions(),
    new Option(
      '-o, --output <file>',
      `a .npy file, or a .png of one grey or colour image (0 is black, 1 is white); ${NAME} in it is each input's name`,
    ).makeOptionMandatory(),
    new Option('--fetch <name>', 'the output to write (default: the first)'),
    option.threads(),
    option.plan(),
    option.algorithm(),
    option.accuracy(),
  ])
    .addHelpText(
      'after',
      '\nExamples:\n  zeroskip run model.onnx --input photo.jpg --output mask.png' +
        `\n  zeroskip run model.onnx --inputs photos/ --output masks/${NAME}.png`,
    )
    .action((model: string, options: RunOptions) => run(model, options, terminal));
