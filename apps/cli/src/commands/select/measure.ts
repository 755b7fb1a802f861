import { rm } from 'node:fs/promises';
import { readIfThere, writeWhole } from '@zeroskip/batch';
import { coreRates, measureMachine, nominalRates } from '@zeroskip/kernels';
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
} from '@zeroskip/selector';
import { readInputs } from '../../input/read.ts';
import type { CommonOptions } from '../../options.ts';
import { withNetwork } from '../../session.ts';
import { type Terminal, withProgress } from '../../terminal.ts';
import { planOptions } from '../../trial/calibration.ts';

export interface SelectOptions extends CommonOptions {
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

function estimatedPlan(options: PlanOptions, terminal: Terminal): Promise<Plan> {
  return withProgress(terminal, 'Estimating', async (update) => {
    const onProgress = ({ done, total }: { done: number; total: number }) => update(done, total);
    const rates = coreRates(await measureMachine({ threads: [1], rounds: 5, onProgress }));
    return estimatePlan({ ...options, estimate: descriptorEstimate(rates), onProgress });
  });
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

/** Measures, or estimates, on the inputs that the options name. */
export function makePlan(model: string, command: SelectOptions, terminal: Terminal): Promise<Plan> {
  return withNetwork(model, command, terminal, async (session, { sha256 }) => {
    const { inputs } = await readInputs(model, session.inputMetadata, command);
    const options = planOptions(session, inputs, sha256, command.threads, command.accuracy);
    return command.estimate ? estimatedPlan(options, terminal) : measuredPlan(options, command, terminal);
  });
}
