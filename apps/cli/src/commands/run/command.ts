import { parse } from 'node:path';
import { finish, networkInput, prepareInput, readBytes, type Task, writeWhole } from '@zeroskip/batch';
import { algorithm } from '@zeroskip/kernels';
import type { InferenceSession } from '@zeroskip/runner';
import { rangeError } from '@zeroskip/tensor';
import { InvalidArgumentError, Option } from 'commander';
import { inputFiles } from '../../input/files.ts';
import { presetOf } from '../../input/preparation.ts';
import { type TaskOptions, taskOf } from '../../input/task.ts';
import {
  type CommonOptions,
  commandOf,
  modelArgument,
  networkOptions,
  option,
  taskOptions,
} from '../../options.ts';
import { withNetwork } from '../../session.ts';
import type { Terminal } from '../../terminal.ts';
import { formatOf, taskFor } from './format.ts';

interface RunOptions extends CommonOptions, TaskOptions {
  readonly output: string;
  readonly plan?: string;
  readonly algorithm?: string;
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

function outputName({ outputNames }: InferenceSession, { output }: Task): string {
  const name = output ?? outputNames[0]!;
  if (outputNames.includes(name)) return name;
  throw rangeError('--fetch', `one of ${outputNames.join(', ')}`, name);
}

async function run(model: string, options: RunOptions, terminal: Terminal): Promise<void> {
  const format = formatOf(options.output);
  const inputs = await inputFiles(options.inputs);
  const outputs = outputsOf(inputs, options.output);
  if (options.algorithm !== undefined) algorithm(options.algorithm);
  const preset = await presetOf(model, options);
  const task = taskFor(format, await taskOf(preset.task, options), options.task);
  const { preparation } = preset;
  const { shape } = options;
  await withNetwork(model, options, terminal, async (session) => {
    const name = outputName(session, task);
    const input = networkInput(session.inputMetadata, { ...preparation, ...(shape && { shape }) });
    for (const [i, path] of inputs.entries()) {
      const file = await readBytes('--input', path);
      const { tensor, placement } = await prepareInput(path, file, input, preparation);
      const start = performance.now();
      const results = await session.run({ [input.name]: tensor }, [name]);
      const ms = performance.now() - start;
      const what = `--input ${JSON.stringify(path)}`;
      const made = await finish(task, { file, what, ...(placement && { placement }) }, results);
      const data = format === 'json' ? `${JSON.stringify(made.record, null, 2)}\n` : made.file!.bytes;
      await writeWhole('--output', outputs[i]!, data);
      const { type, dims } = results[name]!;
      terminal.print(
        `Wrote ${name} (${type} ${dims.join(' × ')}) to ${outputs[i]} after ${ms.toFixed(0)} ms.`,
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
      `a .npy file; a .png of a task, or of one grey or colour image (0 is black, 1 is white); a .json of scores or boxes; ${NAME} in it is each input's name`,
    ).makeOptionMandatory(),
    ...taskOptions(' (default: that of the preset)'),
    option.threads(),
    option.plan(),
    option.algorithm(),
    option.accuracy(),
  ])
    .addHelpText(
      'after',
      '\nExamples:\n  zeroskip run model.onnx --input photo.jpg --output mask.png' +
        `\n  zeroskip run model.onnx --inputs photos/ --output masks/${NAME}.png --task mask` +
        '\n  zeroskip run model.onnx --input photo.jpg --output scores.json --labels labels.txt',
    )
    .action((model: string, options: RunOptions) => run(model, options, terminal));
