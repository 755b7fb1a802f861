/** What the page does: one network on both engines, in turns. */
import { InferenceSession, Tensor } from '@zeroskip/runner';
import * as onnxruntime from 'onnxruntime-web/wasm';

export interface PageTask {
  readonly model: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly type: 'float32' | 'int64';
    readonly dims: readonly number[];
    readonly address: string;
  }[];
  readonly threads: number;
  readonly ms: number;
}

export interface PageResult {
  readonly onnxruntimeMs: number;
  readonly zeroskipMs: number;
  /** Quotients of neighbouring runs: above 1 Zeroskip is faster. */
  readonly ratios: readonly number[];
  /** Largest difference of an output, as a share of its largest value. */
  readonly difference: number;
}

type Results = Readonly<Record<string, { readonly data: unknown }>>;

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
/** Threads of the one that ran last look for more work for a while, on cores that the next one needs. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 30));
const bytes = async (address: string) => (await fetch(address)).arrayBuffer();

function difference(ours: Results, theirs: Results): number {
  return Math.max(
    ...Object.entries(theirs).map(([name, { data }]) => {
      const [expected, received] = [data, ours[name]!.data].map((values) =>
        Array.from(values as ArrayLike<number>, Number),
      ) as [number[], number[]];
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
      return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - received[i]!)), 0) / largest;
    }),
  );
}

async function measure({ model, inputs, threads, ms }: PageTask): Promise<PageResult> {
  onnxruntime.env.wasm.wasmPaths = new URL('./onnxruntime/', location.href).href;
  onnxruntime.env.wasm.numThreads = threads;
  onnxruntime.env.logLevel = 'error';
  const loaded = await Promise.all(
    inputs.map(async ({ name, type, dims, address }) => {
      const buffer = await bytes(address);
      const data = type === 'int64' ? new BigInt64Array(buffer) : new Float32Array(buffer);
      return { name, type, data, dims };
    }),
  );
  const feeds = Object.fromEntries(
    loaded.map(({ name, type, data, dims }) => [name, new Tensor(type, data as never, dims)]),
  );
  const theirFeeds = Object.fromEntries(
    loaded.map(({ name, type, data, dims }) => [
      name,
      new onnxruntime.Tensor(type as never, data as never, dims),
    ]),
  );
  const ours = await InferenceSession.create(model, { intraOpNumThreads: threads });
  const theirs = await onnxruntime.InferenceSession.create(model, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  const run = {
    ours: () => ours.run(feeds) as Promise<Results>,
    theirs: () => theirs.run(theirFeeds) as Promise<Results>,
  };
  const apart = difference(await run.ours(), await run.theirs());
  const time = async (contender: () => Promise<unknown>) => {
    const start = performance.now();
    await contender();
    return performance.now() - start;
  };
  for (let i = 0; i < 3; i++) for (const contender of [run.theirs, run.ours]) await contender();
  // Browsers give times in steps of 5 to 100 µs.
  const runs = Math.max(1, Math.min(200, Math.ceil(10 / (await time(run.theirs)))));
  const sample = async (contender: () => Promise<unknown>) =>
    (await time(async () => {
      for (let i = 0; i < runs; i++) await contender();
    })) / runs;
  const samples: [number, number][] = [];
  for (const end = performance.now() + ms; performance.now() < end || samples.length < 5; ) {
    await pause();
    const them = await sample(run.theirs);
    await pause();
    samples.push([them, await sample(run.ours)]);
  }
  await ours.release();
  await theirs.release();
  return {
    onnxruntimeMs: median(samples.map(([them]) => them)),
    zeroskipMs: median(samples.map(([, us]) => us)),
    ratios: samples.map(([them, us]) => them / us).toSorted((a, b) => a - b),
    difference: apart,
  };
}

(globalThis as unknown as { measure: typeof measure }).measure = measure;
