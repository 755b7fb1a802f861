import { hashModel } from '@zeroskip/batch';
import { nominalRates } from '@zeroskip/kernels';
import type { InferenceSession } from '@zeroskip/runner';
import { descriptorEstimate, type Plan, select } from '@zeroskip/selector';
import type { Tensor } from '@zeroskip/tensor';
import { readInputs } from '../../input/read.ts';
import { measureLayerBytes } from '../../layers/bytes.ts';
import { compareLayers } from '../../layers/comparison.ts';
import { type Environment, environment, type Origin } from '../../machine.ts';
import type { CommonOptions } from '../../options.ts';
import { openPlan } from '../../session.ts';
import { type OnProgress, type Terminal, withProgress } from '../../terminal.ts';
import { planOptions } from '../../trial/calibration.ts';
import { BASELINE, type Contender, openContender, zeroskipName } from '../../trial/contender.ts';
import { type Samples, timeContenders, verifyContenders } from '../../trial/trial.ts';
import { PAPER_ALGORITHMS, type PaperClaim, type PaperLayer, paperClaims, paperLayers } from './claims.ts';
import { type EasyRow, easyProtocol } from './easy.ts';

/** What `zeroskip paper --json` writes. Times are in milliseconds. */
export interface PaperReport extends Origin {
  readonly environment: Environment;
  readonly claims: readonly PaperClaim[];
  readonly contenders: readonly Pick<Samples, 'name' | 'samplesMs'>[];
  readonly layers: readonly PaperLayer[];
  readonly easy: readonly EasyRow[];
}

export interface PaperOptions extends CommonOptions {
  readonly plan?: string;
  readonly budget: number;
  readonly runs: number;
  readonly tolerance: number;
  readonly json?: string;
  readonly markdown?: string;
}

const PLAN = 'plan';
/** The small layers of the easy protocol take microseconds. */
const EASY_RUNS = 200;

/** The plan that the options name, or one that is measured here. */
function planFor(
  session: InferenceSession,
  inputs: readonly Tensor[],
  sha256: string,
  { plan, threads, budget }: PaperOptions,
  terminal: Terminal,
): Promise<Plan> {
  if (plan !== undefined) return openPlan(plan, sha256, threads, terminal);
  return withProgress(terminal, 'Selecting', (onProgress) =>
    select({
      ...planOptions(session, inputs, sha256, threads, 'strict'),
      estimate: descriptorEstimate(nominalRates()),
      budgetMs: budget * 1000,
      onProgress: ({ done, total, layer }) => onProgress(done, total, layer),
    }),
  );
}

/** @param opened receives what the caller releases */
export async function measurePaper(
  model: string,
  options: PaperOptions,
  terminal: Terminal,
  opened: Contender[],
): Promise<PaperReport> {
  const { threads, runs, tolerance } = options;
  const sha256 = await hashModel(model, options);
  const during = <T>(label: string, work: (onProgress: OnProgress) => Promise<T>) =>
    withProgress(terminal, label, work);
  // The claims are of sums of the products that im2col has; only a plan that is given may have others.
  const open = async (name: string, settings: object) => {
    const all = { accuracy: 'strict', ...settings };
    const { contender, session } = await openContender(model, name, all, options, terminal);
    opened.push(contender);
    return session;
  };
  const first = await open(BASELINE, { algorithm: BASELINE });
  const { paths, inputs } = await readInputs(model, first.inputMetadata, options);
  for (const id of PAPER_ALGORITHMS) if (id !== BASELINE) await open(id, { algorithm: id });
  const plan = await planFor(first, inputs, sha256, options, terminal);
  await open(PLAN, { plan, accuracy: plan.accuracy ?? 'standard' });
  const task = { inputs, outputNames: first.outputNames, tolerance };
  await during('Verifying', (onProgress) => verifyContenders(opened, opened[0]!, task, onProgress));
  const samples = await during('Timing', (onProgress) =>
    timeContenders(opened, inputs, { runs }, onProgress),
  );
  const { layers: compared } = compareLayers(first.nodes, samples);
  const bytes = await during('Measuring formats', (onProgress) =>
    measureLayerBytes(first, inputs, compared.length, onProgress),
  );
  const layers = paperLayers(compared, zeroskipName(PLAN), bytes);
  return {
    environment: environment(threads),
    model: { path: model, sha256 },
    inputs: paths,
    claims: paperClaims(layers, samples[0]!, samples.at(-1)!),
    contenders: samples.map(({ name, samplesMs }) => ({ name, samplesMs })),
    layers,
    easy: await during('Timing small layers', (onProgress) => easyProtocol(EASY_RUNS, onProgress)),
  };
}
