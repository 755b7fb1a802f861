import { hashModel, readBytes } from '@zeroskip/batch';
import { type Feeds, InferenceSession, type LayerTrace, type SessionOptions } from '@zeroskip/runner';
import { type Accuracy, checkPlan, type Plan, readPlan } from '@zeroskip/selector';
import type { Tensor } from '@zeroskip/tensor';
import type { ModelFile, ModelOptions } from './files.ts';
import { thisMachine } from './machine.ts';
import { type Terminal, withProgress } from './terminal.ts';

/** Loads a network, with a progress bar. */
export function openSession(
  model: string,
  label: string,
  options: Omit<SessionOptions, 'onProgress'>,
  terminal: Terminal,
): Promise<InferenceSession> {
  return withProgress(terminal, `Loading ${label}`, (onProgress) =>
    InferenceSession.create(model, {
      ...options,
      onProgress: ({ stage, done, total }) => onProgress(done, total, stage),
    }),
  );
}

/** Reads a plan; `what` names its role in errors. */
export async function planAt(what: string, path: string): Promise<Plan> {
  return readPlan((await readBytes(what, path)).toString('utf8'));
}

/** Reads a plan, refuses one of another model, and warns of one of another machine. */
export async function openPlan(
  path: string,
  sha256: string,
  threads: number,
  terminal: Terminal,
): Promise<Plan> {
  const plan = await planAt('--plan', path);
  const warning = checkPlan(plan, sha256, thisMachine(threads));
  if (warning !== undefined) terminal.warn(`Warning: ${warning}`);
  return plan;
}

interface NetworkOptions extends ModelOptions {
  readonly threads: number;
  readonly plan?: string;
  readonly algorithm?: string;
  readonly accuracy?: Accuracy;
}

/** Loads a network as the options of a command say, and releases it after the work. */
export async function withNetwork<T>(
  model: string,
  { threads, followLinks = false, plan, algorithm, accuracy }: NetworkOptions,
  terminal: Terminal,
  work: (session: InferenceSession, file: ModelFile) => Promise<T>,
): Promise<T> {
  const sha256 = await hashModel(model, { followLinks });
  const settings = {
    intraOpNumThreads: threads,
    followLinks,
    ...(algorithm !== undefined && { algorithm }),
    ...(accuracy !== undefined && { accuracy }),
    ...(plan !== undefined && { plan: await openPlan(plan, sha256, threads, terminal) }),
  };
  const session = await openSession(model, 'the model', settings, terminal);
  try {
    return await work(session, { path: model, sha256 });
  } finally {
    await session.release();
  }
}

/** What a network with one input is fed. */
export function feedsOf({ inputNames }: InferenceSession, input: Tensor): Feeds {
  return { [inputNames[0]!]: input };
}

/** Runs a network once, for what it tells of its layers. */
export async function tracedLayers(session: InferenceSession, input: Tensor): Promise<LayerTrace[]> {
  let layers: LayerTrace[] = [];
  await session.run(feedsOf(session, input), {
    trace: (all) => {
      layers = all;
    },
  });
  return layers;
}
