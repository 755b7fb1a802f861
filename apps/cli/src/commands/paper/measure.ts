import { hashModel } from '@zeroskip/batch';
import { nominalRates } from '@zeroskip/kernels';
import type { InferenceSession } from '@zeroskip/runner';
import { descriptorEstimate, type Plan, select } from '@zeroskip/selector';
import { convSpec, rangeError, type Tensor } from '@zeroskip/tensor';
import { readInputs } from '../../input/read.ts';
import { measureLayerBytes } from '../../layers/bytes.ts';
import { compareLayers, type LayerComparison } from '../../layers/comparison.ts';
import { isStandard } from '../../layers/shape.ts';
import type { ShapeLayer } from '../../layers/shape-file.ts';
import { type Environment, environment, type Origin } from '../../machine.ts';
import type { CommonOptions } from '../../options.ts';
import { openPlan } from '../../session.ts';
import { type OnProgress, type Terminal, withProgress } from '../../terminal.ts';
import { planOptions } from '../../trial/calibration.ts';
import { BASELINE, type Contender, openContender, zeroskipName } from '../../trial/contender.ts';
import { type Samples, timeContenders, verifyContenders } from '../../trial/trial.ts';
import { PAPER_ALGORITHMS, type PaperClaim, type PaperLayer, paperClaims, paperLayers } from './claims.ts';
import { measureNetwork, type PaperNetwork, readNetwork, type ShapeNetwork } from './networks.ts';
import { authorsProtocol, type ProtocolLayer } from './protocol.ts';

/** The claims on a network and real input. */
export interface PaperModel extends Omit<Origin, 'environment'> {
  readonly claims: readonly PaperClaim[];
  readonly contenders: readonly Pick<Samples, 'name' | 'samplesMs'>[];
  readonly layers: readonly PaperLayer[];
  /** Its layers under the authors' protocol. */
  readonly authors: readonly ProtocolLayer[];
}

/** What `zeroskip paper --json` writes. Times are in milliseconds. */
export interface PaperReport {
  readonly environment: Environment;
  /** Absent where only shapes were given. */
  readonly network?: PaperModel;
  readonly shapes: readonly PaperNetwork[];
}

export interface PaperOptions extends Omit<CommonOptions, 'inputs'> {
  readonly inputs?: string[];
  readonly shapes?: string[];
  readonly plan?: string;
  readonly budget: number;
  readonly runs: number;
  readonly tolerance: number;
  readonly json?: string;
  readonly markdown?: string;
}

const PLAN = 'plan';

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

/** A layer as the authors' protocol takes it. */
function shapeOf({ name, inputShape, weightShape, density }: LayerComparison): ShapeLayer {
  const [, , height, width] = inputShape as [number, number, number, number];
  const [, , kernelHeight, kernelWidth] = weightShape as [number, number, number, number];
  const spec = convSpec({ inChannels: 1, outChannels: 1, kernel: [kernelHeight, kernelWidth] });
  return { name, spec, input: [height, width], density };
}

async function measureModel(
  model: string,
  options: PaperOptions & { readonly inputs: string[] },
  terminal: Terminal,
  opened: Contender[],
): Promise<PaperModel> {
  const { runs, tolerance } = options;
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
  const shapes = compared.filter(isStandard).map(shapeOf);
  return {
    model: { path: model, sha256 },
    inputs: paths,
    claims: paperClaims(layers, samples[0]!, samples.at(-1)!),
    contenders: samples.map(({ name, samplesMs }) => ({ name, samplesMs })),
    layers,
    authors: await during('One channel of each layer', (onProgress) => authorsProtocol(shapes, onProgress)),
  };
}

/** @param opened receives what the caller releases */
export async function measurePaper(
  model: string | undefined,
  options: PaperOptions,
  terminal: Terminal,
  opened: Contender[],
): Promise<PaperReport> {
  const { inputs, shapes: files = [] } = options;
  if (model === undefined && files.length === 0)
    throw rangeError('zeroskip paper', 'a model, or --shapes', 'neither');
  if (model !== undefined && inputs === undefined)
    throw rangeError('--inputs', 'real input for the model', undefined);
  if (model === undefined && inputs !== undefined) throw rangeError('--inputs', 'a model for it', 'none');
  if (model === undefined && options.markdown !== undefined)
    throw rangeError('--markdown', 'a model, whose claims it has', 'none');
  const networks: ShapeNetwork[] = [];
  for (const file of files) networks.push(await readNetwork(file));
  const network =
    model === undefined || inputs === undefined
      ? undefined
      : await measureModel(model, { ...options, inputs }, terminal, opened);
  const shapes: PaperNetwork[] = [];
  for (const each of networks) shapes.push(await measureNetwork(each, options, terminal));
  return { environment: environment(options.threads), ...(network && { network }), shapes };
}
