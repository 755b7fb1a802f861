import { availableParallelism } from 'node:os';
import { activations, channelOrders, type InputShape, resizes, type Size, taskNames } from '@zeroskip/batch';
import { type Accuracy, accuracies } from '@zeroskip/selector';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { ModelOptions } from './files.ts';
import type { PreparationOptions } from './input/preparation.ts';

/** Reads a number, and says what was expected where it is none that is accepted. */
function number(accepts: (value: number) => boolean, expected: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || !accepts(value)) throw new InvalidArgumentError(`Expected ${expected}.`);
    return value;
  };
}

/** The same for several, with commas between. */
function numbers(...kind: Parameters<typeof number>): (text: string) => number[] {
  const one = number(...kind);
  return (text) => text.split(',').map(one);
}

function integer(min: number, max: number): Parameters<typeof number> {
  const accepts = (value: number) => Number.isInteger(value) && value >= min && value <= max;
  return [accepts, `an integer from ${min} to ${max}`];
}

const THREADS = integer(1, 1024);
const positive = number((value) => value > 0, 'a number above 0');

/** `640x480`, or one number for both. */
function size(text: string): Size {
  const [, width, height = width] = /^([1-9]\d*)(?:x([1-9]\d*))?$/.exec(text) ?? [];
  if (width === undefined)
    throw new InvalidArgumentError('Expected <width>x<height> or one number for both.');
  return { width: Number(width), height: Number(height) };
}

/** `1x3x480x640`, perhaps with the input's name and `=` before it. */
function shape(text: string): InputShape {
  const [, name, dims] = /^(?:(.+)=)?(\d+(?:x\d+)*)$/.exec(text) ?? [];
  if (dims === undefined) throw new InvalidArgumentError('Expected <input>=<dims> with an x between dims.');
  return { ...(name !== undefined && { name }), dims: dims.split('x').map(Number) };
}

/** Collects `a,b c` and repeated options into one list. */
function list(text: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), ...text.split(',').filter((item) => item !== '')];
}

/** The network that a command works on. */
export const modelArgument = (name = '<model>') =>
  new Argument(name, 'an ONNX or TensorFlow Lite file, or the model.json of a TensorFlow.js model');

/** Every command's options, worded once. */
export const option = {
  input: () =>
    new Option(
      '--input, --inputs <files...>',
      "real input: images, resized to the model's size, .npy files of its input shape, or folders of them",
    ),
  mean: () =>
    new Option(
      '--mean <numbers>',
      'images: value = (pixel − mean) / std, on 0–255, one number or one per channel (default: 0)',
    ).argParser(numbers(() => true, 'a number or numbers, with commas between channels')),
  std: () =>
    new Option('--std <numbers>', 'images: see --mean (default: 255)').argParser(
      numbers((value) => value !== 0, 'a number or numbers other than 0, with commas between channels'),
    ),
  preset: () =>
    new Option(
      '--preset <file>',
      'how images are prepared and what outputs mean (default: <model>.preset.json beside the model, if it is there)',
    ),
  resize: () =>
    new Option(
      '--resize <mode>',
      'images: stretch to the size, letterbox (the whole photo, with grey beside it) or crop (its middle; default: stretch)',
    ).choices(resizes),
  channels: () =>
    new Option('--channels <order>', 'images: the order of colours (default: rgb)').choices(channelOrders),
  multipleOf: () =>
    new Option(
      '--multiple-of <pixels>',
      'images: rounds height and width that the model leaves open; the aspect is kept, within --size if given',
    ).argParser(number(...integer(1, 4096))),
  task: (more = '') =>
    new Option('--task <task>', `what is made of the output${more}`).choices(
      taskNames.filter((name) => name !== 'outputs'),
    ),
  fetch: () => new Option('--fetch <name>', 'the output that is meant (default: the first)'),
  labels: () => new Option('--labels <file>', 'names of classes: one on each line, or JSON'),
  activation: () =>
    new Option('--activation <name>', 'turns the output into shares from 0 to 1 (default: none)').choices(
      activations,
    ),
  top: () =>
    new Option('--top <n>', 'scores: classes at most (default: 5)').argParser(
      number(...integer(1, 1_000_000)),
    ),
  threshold: () =>
    new Option('--threshold <score>', 'boxes: the least score (default: 0.25)').argParser(
      number((value) => value >= 0 && value <= 1, 'a number from 0 to 1'),
    ),
  size: () =>
    new Option(
      '--size <size>',
      'images: <width>x<height>, or one number for both, where the model leaves them open',
    ).argParser(size),
  shape: () =>
    new Option(
      '--shape <shape>',
      'dimensions of the input that the model leaves open, as 1x3x480x640 or name=1x3x480x640',
    ).argParser(shape),
  followLinks: () =>
    new Option('--follow-links', 'read files of the model through links, as in caches of downloads'),
  threads: () =>
    new Option('--threads <n>', 'threads for each run')
      .argParser(number(...THREADS))
      .default(availableParallelism(), 'all that the process may use'),
  cores: () =>
    new Option('--threads <n>', 'cores that are kept busy')
      .argParser(number(...THREADS))
      .default(availableParallelism(), 'all that the process may use'),
  workers: () =>
    new Option(
      '--workers <n>',
      'worker threads, which share out the cores (default: measured on the first seconds of work)',
    ).argParser(number(...THREADS)),
  batchSize: () =>
    new Option(
      '--batch-size <n>',
      'images in one run, where the model leaves that open (default: measured, 1 with --queue)',
    ).argParser(number(...integer(1, 1024))),
  queue: (what: string) => new Option('--queue <url>', `${what}, as redis://host:6379`),
  queueName: () => new Option('--queue-name <name>', 'the name of the queue (default: zeroskip)'),
  filesPerJob: () =>
    new Option('--files-per-job <n>', 'with --queue: what a worker takes at once')
      .argParser(number(...integer(1, 10_000)))
      .default(32),
  statusPort: () =>
    new Option(
      '--status-port <port>',
      'where /metrics, /healthz and /readyz are (default: no port)',
    ).argParser(number(...integer(0, 65_535))),
  stalledAfter: () =>
    new Option('--stalled-after <seconds>', 'when others take over the jobs of a worker that is gone')
      .argParser(positive)
      .default(30),
  threadCounts: () =>
    new Option('--threads <list>', 'threads for each run; several counts, with commas between, take turns')
      .argParser((text) => [...new Set(numbers(...THREADS)(text))])
      .default([availableParallelism()], 'all that the process may use'),
  plan: () => new Option('--plan <file>', 'per-layer choices that "zeroskip select" wrote'),
  plans: () =>
    new Option(
      '--plan, --plans <files...>',
      'per-layer choices that "zeroskip select" wrote; several take turns, the first is reported per layer',
    ),
  accuracy: () =>
    new Option(
      '--accuracy <kind>',
      'strict: only algorithms that sum float32 products and nothing else',
    ).choices(accuracies),
  algorithm: () => new Option('--algorithm <id>', 'for all layers that accept it (see "zeroskip list")'),
  algorithms: (more = '') =>
    new Option(
      '--algorithm, --algorithms <ids...>',
      `further contenders, each for all layers that accept it${more}`,
    ).argParser(list),
  peers: () => new Option('--peers <names...>', 'other engines to time in the same run').argParser(list),
  densities: () =>
    new Option(
      '--density <list>',
      'non-zero shares in place of those in the file, with commas between',
    ).argParser(
      numbers((value) => value >= 0 && value <= 1, 'numbers from 0 to 1, with commas between them'),
    ),
  layers: (what: string) =>
    new Option('--layers [text]', `${what}, or of those whose names contain the text (* for any characters)`),
  runs: () =>
    new Option('--runs <n>', 'timed runs of each contender on each input')
      .argParser(number(...integer(1, 100_000)))
      .default(7),
  minTime: () =>
    new Option('--min-time <seconds>', 'goes on until each contender was timed for as long').argParser(
      positive,
    ),
  tolerance: () =>
    new Option(
      '--tolerance <share>',
      'largest difference to the peer, relative to an output’s largest value (at least 1)',
    )
      .argParser(positive)
      .default(1e-3),
  json: () => new Option('--json <file>', 'write every figure and raw sample'),
  html: () => new Option('--html <file>', 'write a page with plots and tables, with everything inside'),
  csv: (what = 'convolution') =>
    new Option('--csv <file>', `write a line of comma-separated values for each ${what}`),
  jsonl: (what = 'convolution') => new Option('--jsonl <file>', `write a line of JSON for each ${what}`),
  markdown: (what = 'the convolutions') => new Option('--markdown <file>', `write a table of ${what}`),
  within: () =>
    new Option('--within <percent>', 'of the time of the fastest, for --objective balanced')
      .argParser(positive)
      .default(5),
  budget: () =>
    new Option('--budget <seconds>', 'time for measuring beyond a first look')
      .argParser(positive)
      .default(120),
};

/** What makes a network and its input of files. */
export const networkOptions = ({ isMandatory = true } = {}) => [
  option.followLinks(),
  option.input().makeOptionMandatory(isMandatory),
  ...preparationOptions(),
];

/** How images become what a network takes. */
export const preparationOptions = () => [
  option.preset(),
  option.resize(),
  option.channels(),
  option.mean(),
  option.std(),
  option.size(),
  option.multipleOf(),
  option.shape(),
];

/** What is made of a network's output. */
export const taskOptions = (more?: string) => [
  option.task(more),
  option.fetch(),
  option.labels(),
  option.activation(),
  option.top(),
  option.threshold(),
];

/** The forms of a report, with what is on each of its lines and in its table. */
export const reportOptions = (line?: string, table?: string) => [
  option.json(),
  option.csv(line),
  option.jsonl(line),
  option.markdown(table),
  option.html(),
];

/** A command with its arguments and options, in the order of its help. */
export function commandOf(name: string, description: string, takes: readonly (Argument | Option)[]): Command {
  const command = new Command(name).description(description);
  for (const one of takes) {
    if (one instanceof Option) command.addOption(one);
    else command.addArgument(one);
  }
  return command;
}

/** The values of the options of images. */
export type ImageOptions = PreparationOptions & ModelOptions;

/** The same, and those of `input` and `threads`. */
export interface CommonOptions extends ImageOptions {
  readonly inputs: string[];
  readonly threads: number;
  readonly accuracy?: Accuracy;
}
