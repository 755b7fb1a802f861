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
  readonly name: string;
  sha256?: string;
  /** Absent where it could not be read. */
  file?: Buffer;
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
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** One thing at a time, so that a thread keeps one core busy, and as many threads as there are cores keep all. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastTurn.then(work);
    this.#lastTurn = result.catch(() => undefined);
    return result;
  }

  #read(work: WorkItem): Pending {
    const pending: Pending = { start: performance.now(), name: work.name };
    try {
      const { file, sha256 } = this.#engine.read(work);
      pending.file = file;
      pending.sha256 = sha256;
    } catch (error) {
      pending.error = error;
    }
    return pending;
  }

  async #prepare(pending: Pending): Promise<void> {
    const { name, file, sha256 } = pending;
    try {
      pending.item = { name, file: file!, sha256: sha256!, ...(await this.#engine.prepare(name, file!)) };
    } catch (error) {
      pending.error = error;
    }
  }

  async #finish(pending: Pending, outputs: Record<string, Tensor>): Promise<void> {
    try {
      pending.result = await this.#engine.finish(pending.item!, outputs);
    } catch (error) {
      pending.error = error;
    }
  }

  async #compute(all: readonly Pending[], size: number): Promise<void> {
    for (const pending of all) if (pending.file !== undefined) await this.#prepare(pending);
    const groups = new Map<string, Pending[]>();
    for (const pending of all) {
      const dims = pending.item?.tensor.dims.join();
      if (dims !== undefined) groups.set(dims, [...(groups.get(dims) ?? []), pending]);
    }
    for (const group of groups.values()) await this.#computeGroup(group, size);
  }

  /** Items of one shape. */
  async #computeGroup(group: readonly Pending[], size: number): Promise<void> {
    try {
      const tensors = group.map(({ item }) => item!.tensor);
      const outputs = await this.#engine.run(tensors, size);
      for (const [i, pending] of group.entries()) await this.#finish(pending, outputs[i]!);
    } catch (error) {
      for (const pending of group) pending.error = error;
    }
  }

  /** @param tell takes the outcomes, before the memory of their items serves others */
  async run(items: readonly WorkItem[], size: number, tell: (outcomes: Outcome[]) => void): Promise<void> {
    // Files are read while the network computes on others.
    const all = items.map((item) => this.#read(item));
    await this.#inTurn(() => this.#compute(all, size));
    tell(all.map(outcomeOf));
    for (const { file, item } of all) if (file) this.#engine.recycle(file, item);
  }

  async measure(items: readonly WorkItem[]): Promise<number> {
    if (!this.#engine.takesBatches) return 1;
    for (const item of items) {
      const pending = this.#read(item);
      if (pending.file === undefined) continue;
      // The first time, the decoder is loaded.
      await this.#prepare(pending);
      const start = performance.now();
      await this.#prepare(pending);
      const prepareMs = performance.now() - start;
      if (pending.item === undefined) continue;
      const { tensor } = pending.item;
      return bestBatchSize(tensor, (tensors, size) => this.#engine.run(tensors, size), prepareMs);
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
  await service.run(items, request.size, (outcomes) => port.postMessage({ id, outcomes } satisfies Reply));
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
