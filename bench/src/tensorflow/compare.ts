import { exportOnnx, InferenceSession } from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';
import * as onnxruntime from 'onnxruntime-node';
import { largestDifference } from '../difference.ts';
import { feedsOf } from './inputs.ts';
import type { TensorFlowModel } from './models.ts';
import { type Answer, openReference } from './reference.ts';

/** The largest difference of an output, as a share of its largest value; or why there is none. */
export type Comparison =
  | { readonly difference: number; readonly output: string }
  | { readonly problem: string };

export interface Compared {
  readonly tensorflow: Comparison;
  /** Of the exported model in onnxruntime-node, from Zeroskip's. */
  readonly onnxruntime: Comparison;
}

/** What counts as the largest value of an output that is smaller: shares of 0 say nothing. */
const LEAST = 1e-5;

const problemOf = (error: unknown): { readonly problem: string } => {
  const { code, message } = error as Error & { code?: string };
  return { problem: `${code ?? 'error'}: ${message.split('\n')[0]!.slice(0, 120)}` };
};

function compared(
  names: readonly string[],
  ours: readonly Answer[],
  theirs: readonly (Answer | undefined)[],
): Comparison {
  let worst = { difference: 0, output: '' };
  for (const [at, other] of theirs.entries()) {
    const own = ours[at]!;
    if (other === undefined) continue;
    if (own.dims.join() !== other.dims.join()) {
      return { problem: `dims of ${names[at]}: [${own.dims}] and [${other.dims}]` };
    }
    const [a, b] = [own, other].map(({ data }) => Float64Array.from(data, Number)) as [
      Float64Array,
      Float64Array,
    ];
    const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const difference = largestDifference(a, b) / Math.max(largest, LEAST);
    if (!(difference <= worst.difference)) worst = { difference, output: names[at]! };
  }
  return worst;
}

async function exported(
  path: string,
  feeds: Readonly<Record<string, Tensor>>,
  names: readonly string[],
): Promise<Answer[]> {
  const session = await onnxruntime.InferenceSession.create(await exportOnnx(path), {
    // Further passes round otherwise: of centernet's detections one more is a peak then, and moves those behind it.
    graphOptimizationLevel: 'basic',
    logSeverityLevel: 3,
  });
  const own = Object.entries(feeds).map(([name, { type, data, dims }]) => [
    name,
    new onnxruntime.Tensor(type as 'float32', data as Float32Array, dims),
  ]);
  const results = await session.run(Object.fromEntries(own));
  await session.release();
  return names.map((name) => results[name]! as unknown as Answer);
}

async function referenceAnswers(
  model: TensorFlowModel,
  feeds: Readonly<Record<string, Tensor>>,
  names: readonly string[],
): Promise<(Answer | undefined)[]> {
  const reference = await openReference(model, 'cpu');
  const answers = await reference.run(feeds, names);
  reference.dispose();
  return answers;
}

/** Runs a model here, in TensorFlow.js, and, exported to ONNX, in onnxruntime-node. */
export async function compare(model: TensorFlowModel): Promise<Compared> {
  const session = await InferenceSession.create(model.path).catch(problemOf);
  if ('problem' in session) return { tensorflow: session, onnxruntime: session };
  const feeds = await feedsOf(model, session);
  const names = session.outputNames;
  const results = await session.run<Tensor>(feeds);
  const ours = names.map((name) => results[name]! as unknown as Answer);
  await session.release();
  const answers = (theirs: Promise<readonly (Answer | undefined)[]>) =>
    theirs.then((all) => compared(names, ours, all), problemOf);
  return {
    tensorflow: await answers(referenceAnswers(model, feeds, names)),
    onnxruntime: await answers(exported(model.path, feeds, names)),
  };
}
