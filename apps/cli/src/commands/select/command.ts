import { rm } from 'node:fs/promises';
import { algorithms, coreRates, measureMachine, nominalRates } from '@zeroskip/kernels';
import {
  descriptorEstimate,
  estimatePlan,
  foreignPart,
  type Objective,
  type Plan,
  type PlanOptions,
  readState,
  type SelectState,
  select,
  writePlan,
} from '@zeroskip/selector';
import { Command, Option } from 'commander';
import { hashModel, readIfThere, writeWhole } from '../../files.ts';
import { networkInput, readInputs } from '../../input/read.ts';
import { thisMachine } from '../../machine.ts';
import { type CommonOptions, modelArgument, option } from '../../options.ts';
import { version } from '../../package.ts';
import { openSession } from '../../session.ts';
import type { Terminal } from '../../terminal.ts';
import { calibrationInput } from '../../trial/calibration.ts';
import { planText } from './text.ts';

interface SelectOptions extends CommonOptions {
  readonly inputs: string[];
  readonly output: string;
  readonly budget: number;
  readonly objective: Objective['kind'];
  readonly within: number;
  readonly estimate?: true;
}

/** Milliseconds between two writes of an unfinished selection. */
const CHECKPOINT_MS = 5000;

/** The unfinished selection that `path` holds, if it is one of the same model, machine and inputs. */
async function stateAt(
  path: string,
  options: PlanOptions,
  terminal: Terminal,
): Promise<SelectState | undefined> {
  const bytes = await readIfThere('an unfinished selection', path);
  if (bytes === undefined) return undefined;
  const selection = { ...options, inputs: options.inputs.map(({ id }) => id) };
  try {
    const state = readState(bytes.toString('utf8'));
    const foreign = foreignPart(state, selection);
    if (foreign === undefined) return state;
    terminal.warn(`Warning: ${path} is of another selection (${foreign}); starting anew.`);
  } catch (error) {
    terminal.warn(`Warning: ${path} cannot be used: ${(error as Error).message} Starting anew.`);
  }
  return undefined;
}

async function estimatedPlan(options: PlanOptions, terminal: Terminal): Promise<Plan> {
  const progress = terminal.progress('Estimating');
  const onProgress = ({ done, total }: { done: number; total: number }) => progress.update(done, total);
  try {
    const rates = coreRates(await measureMachine({ threads: [1], rounds: 5, onProgress }));
    return await estimatePlan({ ...options, estimate: descriptorEstimate(rates), onProgress });
  } finally {
    progress.stop();
  }
}

/** Measures, and keeps what is measured beside the plan until it is whole. */
async function measuredPlan(options: PlanOptions, command: SelectOptions, terminal: Terminal): Promise<Plan> {
  const { budget, objective, within, output } = command;
  const partial = `${output}.partial`;
  const progress = terminal.progress('Timing');
  const interruption = terminal.interruption();
  let latest: (() => SelectState) | undefined;
  const keep = () => latest && writeWhole('--output', partial, JSON.stringify(latest()));
  let kept = performance.now();
  try {
    const state = await stateAt(partial, options, terminal);
    const plan = await select({
      ...options,
      ...(state && { state }),
      objective:
        objective === 'balanced' ? { kind: objective, tolerance: within / 100 } : { kind: objective },
      estimate: descriptorEstimate(nominalRates()),
      budgetMs: budget * 1000,
      signal: interruption.signal,
      onProgress: ({ done, total, layer }) => progress.update(done, total, layer),
      onCheckpoint: async (known) => {
        latest = known;
        if (performance.now() - kept < CHECKPOINT_MS) return;
        await keep();
        kept = performance.now();
      },
    });
    await rm(partial, { force: true });
    return plan;
  } catch (error) {
    if (interruption.signal.aborted && latest) {
      await keep();
      progress.stop();
      terminal.warn(`What was measured is in ${partial}: the same command goes on from there.`);
    }
    throw error;
  } finally {
    progress.stop();
    interruption.stop();
  }
}

async function makePlan(model: string, command: SelectOptions, terminal: Terminal): Promise<Plan> {
  const { threads, inputs, estimate } = command;
  const { followLinks = false } = command;
  const sha256 = await hashModel(model, command);
  const session = await openSession(
    model,
    'the model',
    { intraOpNumThreads: threads, followLinks },
    terminal,
  );
  try {
    const files = await readInputs(inputs, networkInput(session.inputMetadata, command), command);
    const options = {
      inputs: files.map(({ tensor }) => calibrationInput(session, tensor)),
      algorithms: algorithms(),
      model: { sha256 },
      machine: thisMachine(threads),
      library: version,
    };
    return await (estimate ? estimatedPlan(options, terminal) : measuredPlan(options, command, terminal));
  } finally {
    await session.release();
  }
}

export function selectCommand(terminal: Terminal): Command {
  return new Command('select')
    .description('time every algorithm on every layer, on real input, and write the best to a plan')
    .addArgument(modelArgument())
    .addOption(option.followLinks())
    .addOption(option.input())
    .addOption(option.mean())
    .addOption(option.std())
    .addOption(option.size())
    .addOption(option.shape())
    .addOption(option.threads())
    .addOption(option.budget())
    .addOption(
      new Option('--objective <kind>', 'smallest time, smallest workspace, or the smallest of the fast')
        .choices(['time', 'memory', 'balanced'])
        .default('time'),
    )
    .addOption(option.within())
    .addOption(
      new Option('--estimate', 'choose by estimates: the network runs once, and nothing is timed').conflicts([
        'objective',
        'budget',
      ]),
    )
    .addOption(new Option('-o, --output <file>', 'the plan').makeOptionMandatory())
    .addHelpText(
      'after',
      '\nExamples:\n  zeroskip select model.onnx --inputs a.jpg b.jpg -o plan.json' +
        '\n  zeroskip select model.onnx --inputs photos/ --objective balanced --within 5 -o plan.json',
    )
    .action(async (model: string, options: SelectOptions) => {
      const plan = await makePlan(model, options, terminal);
      await writeWhole('--output', options.output, writePlan(plan));
      terminal.print(planText(plan, options.output));
    });
}
