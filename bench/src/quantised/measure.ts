import { InferenceSession, isConvolutionTrace, type LayerTrace, type Tensor } from '@zeroskip/runner';
import { median } from '@zeroskip/tensor';
import * as onnxruntime from 'onnxruntime-node';

/** One engine with one model, on one thread. */
export interface Contender {
  run(): Promise<Readonly<Record<string, { readonly data: ArrayLike<number> }>>>;
  release(): Promise<void>;
}

export async function zeroskip(
  model: Uint8Array,
  image: Tensor,
): Promise<Contender & { layers(): Promise<LayerTrace[]> }> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const feeds = { [session.inputNames[0]!]: image };
  return {
    run: () => session.run<Tensor>(feeds) as ReturnType<Contender['run']>,
    async layers() {
      let found: LayerTrace[] = [];
      await session.run(feeds, {
        trace: (layers) => {
          found = layers;
        },
      });
      return found;
    },
    release: () => session.release(),
  };
}

export async function peer(model: Uint8Array, image: Tensor): Promise<Contender> {
  const session = await onnxruntime.InferenceSession.create(model, {
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const own = new onnxruntime.Tensor('float32', image.data as Float32Array, image.dims);
  return {
    run: () => session.run({ [session.inputNames[0]!]: own }) as unknown as ReturnType<Contender['run']>,
    release: () => session.release(),
  };
}

/** Median CPU time of a run of each contender, in milliseconds, for about `ms` milliseconds: they take turns. */
export async function cpuTimes(contenders: readonly Contender[], ms: number): Promise<number[]> {
  const times = contenders.map((): number[] => []);
  for (const contender of contenders) for (let i = 0; i < 2; i++) await contender.run();
  for (const end = performance.now() + ms; performance.now() < end || times[0]!.length < 5; ) {
    for (const [i, contender] of contenders.entries()) {
      const start = process.cpuUsage();
      await contender.run();
      const { user, system } = process.cpuUsage(start);
      times[i]!.push((user + system) / 1000);
    }
  }
  return times.map((own) => median(own));
}

/** Times of the layers of several runs, by name: the median of each, in milliseconds. */
export async function layerTimes(
  contender: Awaited<ReturnType<typeof zeroskip>>,
  runs = 7,
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number[]>();
  for (let i = 0; i < runs; i++) {
    for (const layer of await contender.layers()) {
      if (!isConvolutionTrace(layer) && layer.opType !== 'QLinearConv') continue;
      times.set(layer.name, [...(times.get(layer.name) ?? []), layer.ms]);
    }
  }
  return new Map([...times].map(([name, own]) => [name, median(own)]));
}
