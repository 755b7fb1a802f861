// A worker thread: one network, which it runs on what it is sent.
import { parentPort, workerData } from 'node:worker_threads';
import type { Tensor } from '@zeroskip/tensor';
import type { TaskResult } from '../tasks/task.ts';
import { Engine, type ReadItem } from './engine.ts';
import { bestBatchSize } from './measure-batch.ts';
import {
  type EngineSettings,
  failureOf,
  type Outcome,
  type Reply,
  type Request,
  type TensorParts,
  type WorkItem,
} from './protocol.ts';

const port = parentPort!;

/** An item until it has an outcome. */
interface Pending {
  readonly start: number;
  sha256?: string;
  item?: ReadItem;
  error?: unknown;
  result?: TaskResult;
}

function portable({ outputs, ...result }: TaskResult): Outcome['result'] {
  if (outputs === undefined) return result;
  const parts = Object.entries(outputs).map(([name, { type, data, dims }]): [string, TensorParts] => [
    name,
    { type, data, dims: [...dims] },
  ]);
  return { ...result, outputs: Object.fromEntries(parts) };
}

function outcomeOf({ start, sha256, error, result }: Pending): Outcome {
  const ms = performance.now() - start;
  const seen = sha256 === undefined ? { ms } : { ms, sha256 };
  if (error !== undefined) return { ...seen, failure: failureOf(error) };
  return { ...seen, result: portable(result!)! };
}

class Service {
  readonly #engine: Engine;
  /** Runs take turns: what is decoded meanwhile keeps no core idle. */
  #lastRun: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#lastRun.then(run);
    this.#lastRun = result.catch(() => undefined);
    return result;
  }

  async #read(work: WorkItem): Promise<Pending> {
    const pending: Pending = { start: performance.now() };
    try {
      const { file, sha256 } = await this.#engine.read(work);
      pending.sha256 = sha256;
      pending.item = { name: work.name, file, sha256, ...(await this.#engine.prepare(work.name, file)) };
    } catch (error) {
      pending.error = error;
    }
    return pending;
  }

  /** @throws what concerns no item alone */
  async #compute(items: readonly ReadItem[], size: number): Promise<Record<string, Tensor>[]> {
    const tensors = items.map(({ tensor }) => tensor);
    return this.#inTurn(() => this.#engine.run(tensors, size));
  }

  async #finish(pending: Pending, outputs: Record<string, Tensor>): Promise<void> {
    try {
      pending.result = await this.#engine.finish(pending.item!, outputs);
    } catch (error) {
      pending.error = error;
    }
  }

  async run(items: readonly WorkItem[], size: number): Promise<Outcome[]> {
    const all = await Promise.all(items.map((item) => this.#read(item)));
    const good = all.filter(({ item }) => item !== undefined);
    if (good.length > 0) {
      try {
        const outputs = await this.#compute(
          good.map(({ item }) => item!),
          size,
        );
        await Promise.all(good.map((pending, i) => this.#finish(pending, outputs[i]!)));
      } catch (error) {
        for (const pending of good) pending.error = error;
      }
    }
    return all.map(outcomeOf);
  }

  async measure(items: readonly WorkItem[]): Promise<number> {
    if (!this.#engine.takesBatches) return 1;
    for (const item of items) {
      await this.#read(item);
      const { start, item: read } = await this.#read(item);
      const prepareMs = performance.now() - start;
      if (read === undefined) continue;
      return bestBatchSize(read.tensor, (tensors, size) => this.#engine.run(tensors, size), prepareMs);
    }
    return 1;
  }
}

async function answer(service: Service, request: Request): Promise<void> {
  const { id, kind, items } = request;
  if (kind === 'measure') {
    // A network whose outputs have no part for each image takes one at a time.
    const size = await service.measure(items).catch(() => 1);
    return port.postMessage({ id, size } satisfies Reply);
  }
  const outcomes = await service.run(items, request.size);
  port.postMessage({ id, outcomes } satisfies Reply);
}

async function serve(): Promise<void> {
  try {
    const service = new Service(await Engine.open(workerData as EngineSettings));
    port.on('message', (request: Request) => void answer(service, request));
    port.postMessage({ ready: true } satisfies Reply);
  } catch (error) {
    port.postMessage({ unready: failureOf(error) } satisfies Reply);
  }
}

void serve();
