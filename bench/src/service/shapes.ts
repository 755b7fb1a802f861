/**
 * What ever new input shapes cost: a recognizer of text lines reads 500 lines of different widths.
 *
 *     node dist/service/shapes.js [model] [task] [shapes]
 *
 * Each task has a process of its own. `time` compares, width by width, the first run of a session with its second one,
 * and with onnxruntime; `memory-…` tell the resident memory of one engine.
 */
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Tensor } from '@zeroskip/tensor';
import { onnxruntime } from '../engines/onnxruntime.ts';
import { zeroskip } from '../engines/zeroskip.ts';
import { lineRecognizer } from '../packages.ts';
import { runTasks } from './run-tasks.ts';

const THREADS = 1;
const HEIGHT = 48;

const [model = lineRecognizer, task = 'all', shapes = '500'] = process.argv.slice(2);
const count = Number(shapes);
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** A line as wide as the `i`-th of 500 widths from 32 to 2028, in an order without a trend. */
function line(i: number): Tensor<'float32'> {
  const dims = [1, 3, HEIGHT, 32 + 4 * ((i * 181) % 500)];
  const length = dims.reduce((size, dim) => size * dim, 1);
  return new Tensor('float32', Float32Array.from({ length }, Math.random), dims);
}

interface Cost {
  wall: number;
  cpu: number;
}

async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: performance.now() - start, cpu: (user + system) / 1000 };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function memoryOver(name: string, run: (image: Tensor) => Promise<unknown>): Promise<void> {
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    await run(line(i));
    globalThis.gc!();
    samples.push(process.memoryUsage.rss());
  }
  const tenth = samples[Math.floor(count / 10)]!;
  console.log(
    `memory  ${name.padEnd(12)}${mib(tenth)} after a tenth of the widths, ${mib(samples.at(-1)!)} at last, at most ${mib(Math.max(...samples))}`,
  );
}

const tasks: Record<string, () => Promise<void>> = {
  async time() {
    const own = await zeroskip(model, THREADS);
    const other = await onnxruntime(model, THREADS);
    // The other engine runs between, so that neither run finds the caches as the one before it left them.
    const turns = [
      ['a new width', own.run],
      ['onnxruntime', other.run],
      ['a known width', own.run],
    ] as const;
    const costs = new Map(turns.map(([name]) => [name as string, [] as Cost[]]));
    for (let i = 0; i < count; i++) {
      const image = line(i);
      for (const [name, run] of turns) {
        const spent = await cost(() => run(image));
        // The first runs of a process are those of code that is not compiled yet, JavaScript's too.
        if (i >= count / 10) costs.get(name)!.push(spent);
      }
    }
    const of = (name: string, kind: keyof Cost) => mean(costs.get(name)!.map((entry) => entry[kind]));
    console.log(
      `time    ${count} widths, ${THREADS} thread: mean wall time, mean CPU time, after a tenth of the widths`,
    );
    for (const name of costs.keys()) {
      const [wall, cpu] = [of(name, 'wall'), of(name, 'cpu')];
      const ratio = (cpu / of('a known width', 'cpu')).toFixed(3);
      console.log(
        `        ${name.padEnd(15)}${wall.toFixed(1)} ms, ${cpu.toFixed(1)} ms: ${ratio} of a known width's CPU time`,
      );
    }
    await Promise.all([own.release(), other.release()]);
  },

  async 'memory-zeroskip'() {
    const engine = await zeroskip(model, THREADS);
    await memoryOver('zeroskip', engine.run);
    await engine.release();
  },

  async 'memory-onnxruntime'() {
    const engine = await onnxruntime(model, THREADS);
    await memoryOver('onnxruntime', engine.run);
    await engine.release();
  },
};

await runTasks(fileURLToPath(import.meta.url), tasks, task, (name) => [model, name, shapes]);
