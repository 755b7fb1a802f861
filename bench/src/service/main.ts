/**
 * What a service that runs a network for long sees: memory, the event loop, overlapping runs and aborts.
 *
 *     node dist/service/main.js <model> [task] [runs]
 *
 * Each task has a process of its own; the two of `peak` get the input's dims, so that no other engine is loaded there.
 */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { InferenceSession, isConvolutionTrace, type LayerTrace } from '@zeroskip/runner';
import { Tensor } from '@zeroskip/tensor';
import { onnxruntime } from '../engines/onnxruntime.ts';
import { zeroskip } from '../engines/zeroskip.ts';
import { runTasks } from './run-tasks.ts';

const [model, task = 'all', runs = '500', ...dimTexts] = process.argv.slice(2);
if (model === undefined) throw new Error('Expected the path of a model.');
const threads = availableParallelism();
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** The dims that the model fixes; 1 for one that it leaves open. */
async function inputDims(): Promise<number[]> {
  const session = await InferenceSession.create(model!);
  const { shape } = session.inputMetadata[0]!;
  await session.release();
  return shape.map((dim) => (typeof dim === 'number' ? dim : 1));
}

async function noise(given?: readonly number[]): Promise<Tensor<'float32'>> {
  const dims = given ?? (await inputDims());
  const length = dims.reduce((size, dim) => size * dim, 1);
  return new Tensor('float32', Float32Array.from({ length }, Math.random), dims);
}

const open = () => InferenceSession.create(model!, { intraOpNumThreads: threads });

/** Largest resident set of a process that loads the network and runs it three times. */
async function peak(name: string, create: typeof zeroskip): Promise<void> {
  const before = process.resourceUsage().maxRSS * 1024;
  const image = await noise(dimTexts.map(Number));
  const engine = await create(model!, threads);
  for (let i = 0; i < 3; i++) await engine.run(image);
  await engine.release();
  console.log(
    `peak memory     ${name}: ${mib(process.resourceUsage().maxRSS * 1024)} (${mib(before)} before)`,
  );
}

/** Resident memory over repetitions of `work`, after the first tenth of them. */
async function memoryOver(label: string, count: number, work: () => Promise<unknown>): Promise<void> {
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    await work();
    globalThis.gc!();
    if (i >= count / 10) samples.push(process.memoryUsage.rss());
  }
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const change = `${(100 * (last / first - 1)).toFixed(1)} %`;
  console.log(
    `${label.padEnd(16)}${count} times: ${mib(first)} at first, ${mib(last)} at last (${change}), at most ${mib(Math.max(...samples))}`,
  );
}

const tasks: Record<string, () => Promise<void>> = {
  'peak-zeroskip': () => peak('zeroskip', zeroskip),
  'peak-onnxruntime': () => peak('onnxruntime', onnxruntime),

  async runs() {
    const image = await noise();
    const session = await open();
    const feeds = { [session.inputNames[0]!]: image };
    await memoryOver('runs', Number(runs), () => session.run(feeds));
    await session.release();
  },

  async cycles() {
    const image = await noise();
    await memoryOver('create/release', 50, async () => {
      const session = await open();
      await session.run({ [session.inputNames[0]!]: image });
      await session.release();
    });
  },

  async latency() {
    const image = await noise();
    const session = await open();
    const feeds = { [session.inputNames[0]!]: image };
    await session.run(feeds);
    let last = performance.now();
    let latest = 0;
    const timer = setInterval(() => {
      const now = performance.now();
      latest = Math.max(latest, now - last - 5);
      last = now;
    }, 5);
    for (let i = 0; i < 20; i++) await session.run(feeds);
    clearInterval(timer);
    console.log(`event loop      20 runs: a timer of 5 ms at most ${latest.toFixed(1)} ms late`);
    await session.release();
  },

  async overlap() {
    const images = [await noise(), await noise()];
    const session = await open();
    const feeds = images.map((image) => ({ [session.inputNames[0]!]: image }));
    const alone = [await session.run(feeds[0]!), await session.run(feeds[1]!)];
    const together = await Promise.all(feeds.map((feed) => session.run(feed)));
    const bytes = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const same = alone.every((results, i) =>
      Object.entries(results).every(([name, tensor]) => bytes(tensor).equals(bytes(together[i]![name]!))),
    );
    console.log(
      `overlap         two runs at once give ${same ? 'the same bits as' : 'other bits than'} two in a row`,
    );
    await session.release();
  },

  async abort() {
    const image = await noise();
    const session = await open();
    const feeds = { [session.inputNames[0]!]: image };
    let layers: LayerTrace[] = [];
    await session.run(feeds, {
      trace: (traced) => {
        layers = traced;
      },
    });
    const start = performance.now();
    await session.run(feeds);
    const whole = performance.now() - start;
    const longest = Math.max(...layers.filter(isConvolutionTrace).map(({ ms }) => ms));
    const delays: number[] = [];
    for (let i = 0; i < 20; i++) {
      const controller = new AbortController();
      const running = session.run(feeds, { signal: controller.signal });
      await setTimeout((whole * (i + 0.5)) / 25);
      const aborted = performance.now();
      controller.abort();
      await running.then(
        () => undefined,
        () => delays.push(performance.now() - aborted),
      );
    }
    const latest = Math.max(...delays).toFixed(1);
    console.log(
      `abort           ${delays.length} of 20: ended within ${latest} ms; the longest layer took ${longest.toFixed(1)} ms`,
    );
    await session.release();
  },
};

const dims = task === 'all' ? (await inputDims()).map(String) : [];
await runTasks(fileURLToPath(import.meta.url), tasks, task, (name) => [model, name, runs, ...dims]);
