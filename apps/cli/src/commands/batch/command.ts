import { resolve } from 'node:path';
import {
  batch,
  type Files,
  hashModel,
  openInputs,
  openStorage,
  type PipelineOptions,
  type Task,
} from '@zeroskip/batch';
import { batchByQueue } from '@zeroskip/batch/queue';
import { algorithm } from '@zeroskip/kernels';
import { InvalidArgumentError, Option } from 'commander';
import { presetOf } from '../../input/preparation.ts';
import { type TaskOptions, taskOf } from '../../input/task.ts';
import {
  type CommonOptions,
  commandOf,
  modelArgument,
  option,
  preparationOptions,
  taskOptions,
} from '../../options.ts';
import { openPlan } from '../../session.ts';
import type { Interruption, Terminal } from '../../terminal.ts';
import { choiceText, failureLines, Report, summaryText } from './report.ts';

interface BatchOptions extends CommonOptions, TaskOptions {
  readonly output: string;
  readonly journal?: string;
  readonly draw?: true;
  readonly plan?: string;
  readonly algorithm?: string;
  readonly workers?: number;
  readonly batchSize?: number;
  readonly queue?: string;
  readonly queueName?: string;
  readonly filesPerJob: number;
}

/** Some inputs have no result. */
export class Incomplete extends Error {}

function whole(task: Partial<Task>, draw: boolean): Task {
  const { task: name } = task;
  if (name === undefined) {
    throw new InvalidArgumentError('Expected --task, or a preset beside the model that has one.');
  }
  return { ...task, task: name, ...(draw && { draw }) };
}

async function pipelineOptions(
  model: string,
  options: BatchOptions,
  terminal: Terminal,
): Promise<PipelineOptions & { readonly model: string }> {
  const { threads, workers, batchSize, shape, accuracy, algorithm: id, plan, followLinks } = options;
  if (id !== undefined) algorithm(id);
  const { preparation, task: preset, path } = await presetOf(model, options);
  const task = whole(await taskOf(preset, options), options.draw === true);
  if (path !== undefined) terminal.print(`Preset ${path}: ${task.task}, ${preparation.resize}.`);
  const sha256 = plan === undefined ? '' : await hashModel(model, options);
  return {
    model: resolve(model),
    preparation,
    task,
    cores: threads,
    onChoice: (choice) => terminal.print(choiceText(choice)),
    ...(followLinks && { followLinks }),
    ...(workers !== undefined && { workers }),
    ...(batchSize !== undefined && { batchSize }),
    ...(shape && { shape }),
    ...(accuracy && { accuracy }),
    ...(id !== undefined && { algorithm: id }),
    ...(plan !== undefined && { plan: await openPlan(plan, sha256, 1, terminal) }),
  };
}

async function execute(
  pipeline: PipelineOptions & { readonly model: string },
  { queue, queueName, filesPerJob, plan }: BatchOptions,
  files: Files,
  terminal: Terminal,
) {
  if (queue === undefined) return batch(pipeline, files);
  const onState = (text: string) => terminal.warn(text);
  const to = { url: queue, filesPerJob, onState, ...(queueName !== undefined && { name: queueName }) };
  return batchByQueue(pipeline, files, to, plan === undefined ? undefined : resolve(plan));
}

async function runBatch(
  model: string,
  options: BatchOptions,
  terminal: Terminal,
  interruption: Interruption,
): Promise<void> {
  const pipeline = await pipelineOptions(model, options, terminal);
  const inputs = await openInputs(options.inputs);
  const output = await openStorage(options.output);
  const journalFolder = options.journal ?? options.output;
  if (journalFolder.startsWith('s3:')) {
    throw new InvalidArgumentError(
      'Expected --journal <folder>, for a journal beside an --output in a bucket.',
    );
  }
  const report = new Report(terminal, inputs);
  try {
    const progress = await execute(
      pipeline,
      options,
      {
        inputs,
        output,
        journalFolder,
        signal: interruption.signal,
        onOutcome: (outcome, so) => report.add(outcome, so),
      },
      terminal,
    );
    report.stop();
    terminal.print(summaryText(progress, report.seconds, journalFolder));
    for (const line of failureLines(report.failures, progress.failed)) terminal.warn(line);
    if (interruption.signal.aborted) {
      terminal.warn(
        options.queue === undefined
          ? 'The same command goes on from here.'
          : 'Its jobs stay in the queue; the same command waits for them, and adds the rest.',
      );
      throw interruption.signal.reason;
    }
    if (progress.failed > 0)
      throw new Incomplete(`Expected a result for each input, received none for ${progress.failed}.`);
  } finally {
    report.stop();
    inputs.close();
    output.close();
  }
}

async function run(model: string, options: BatchOptions, terminal: Terminal): Promise<void> {
  const interruption = terminal.interruption();
  try {
    await runBatch(model, options, terminal, interruption);
  } finally {
    interruption.stop();
  }
}

export const batchCommand = (terminal: Terminal) =>
  commandOf('batch', 'run a network on every image of a folder, a bucket or a list, on all cores', [
    modelArgument(),
    option.followLinks(),
    new Option(
      '--inputs <paths...>',
      'a folder with all below it, s3://bucket/folder, a text file with a path on each line, - for such lines on standard input, or files',
    ).makeOptionMandatory(),
    new Option('-o, --output <folder>', 'a folder, or s3://bucket/folder').makeOptionMandatory(),
    new Option(
      '--journal <folder>',
      'where the journal and lines of results go, and where an interrupted run is found again (default: --output)',
    ),
    ...taskOptions(' (default: that of the preset)'),
    new Option('--draw', 'boxes: also writes each photo with its boxes'),
    ...preparationOptions(),
    option.cores(),
    option.workers(),
    option.batchSize(),
    option.plan(),
    option.algorithm(),
    option.accuracy(),
    option.queue('puts the work in a queue of BullMQ, on which "zeroskip worker" works'),
    option.queueName(),
    option.filesPerJob(),
  ])
    .addHelpText(
      'after',
      '\nExit status 4 where some inputs have no result.\n\nExamples:' +
        '\n  zeroskip batch isnet.onnx --inputs photos/ --output cut-out/ --task cutout' +
        '\n  zeroskip batch model.onnx --inputs photos/ --output scores/ --task scores --labels labels.txt' +
        '\n  zeroskip batch isnet.onnx --inputs photos/ --output masks/ --task mask --queue redis://localhost',
    )
    .action((model: string, options: BatchOptions) => run(model, options, terminal));
