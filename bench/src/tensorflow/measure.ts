import { exportOnnx, InferenceSession } from '@zeroskip/runner';
import { median, type Tensor } from '@zeroskip/tensor';
import * as onnxruntime from 'onnxruntime-node';
import { inTurns, quotients, type Runs } from '../zoo/measure.ts';
import { feedsOf } from './inputs.ts';
import type { TensorFlowModel } from './models.ts';
import { openReference } from './reference.ts';

/** How long another engine takes, as a multiple of Zeroskip's time: the median, and quartiles. */
export interface Ratio {
  readonly ratio: number;
  readonly quartiles: readonly [number, number];
}

export interface Times {
  /** Median time of a run, in milliseconds: process CPU time on one thread, else wall time. */
  readonly zeroskipMs: number;
  /** On the model that Zeroskip exports; absent where that does not run. */
  readonly onnxruntime?: Ratio | undefined;
  /** With SIMD, on one thread; absent where it does not run. */
  readonly tensorflow?: Ratio | undefined;
}

type Feeds = Readonly<Record<string, Tensor>>;

/** With every optimization. */
async function onnxruntimeRuns(path: string, feeds: Feeds, threads: number): Promise<Runs> {
  const file = await exportOnnx(path);
  const own = Object.entries(feeds).map(([name, { type, data, dims }]) => [
    name,
    new onnxruntime.Tensor(type as 'float32', data as Float32Array, dims),
  ]);
  const session = await onnxruntime.InferenceSession.create(file, {
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const run = () => session.run(Object.fromEntries(own));
  await run();
  return { run };
}

/** Times a model here, in onnxruntime-node, and on one thread in TensorFlow.js with WebAssembly, in turns. */
export async function measureModel(model: TensorFlowModel, threads: number, ms: number): Promise<Times> {
  const session = await InferenceSession.create(model.path, { intraOpNumThreads: threads });
  const feeds = await feedsOf(model, session);
  const absent = () => undefined;
  const peer = await onnxruntimeRuns(model.path, feeds, threads).catch(absent);
  const reference = threads === 1 ? await openReference(model, 'wasm') : undefined;
  const theirs = reference && { run: () => reference.run(feeds, session.outputNames) };
  const isAble = await theirs?.run().then(() => true, absent);
  const contenders = [{ run: () => session.run(feeds) }, peer, isAble ? theirs : undefined];
  const running = contenders.filter((each) => each !== undefined);
  const times = await inTurns(running, threads, ms);
  const ratioOf = (contender: Runs | undefined) =>
    contender && quotients(times[running.indexOf(contender)]!, times[0]!);
  return {
    zeroskipMs: median(times[0]!),
    onnxruntime: ratioOf(contenders[1]),
    tensorflow: ratioOf(contenders[2]),
  };
}
