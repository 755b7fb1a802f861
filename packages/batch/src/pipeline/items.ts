import { Tensor, ZeroskipError } from '@zeroskip/tensor';
import type { TaskResult } from '../tasks/task.ts';
import type { Pool } from './pool.ts';
import { failureOf, type Outcome, type WorkItem } from './protocol.ts';

/** One input. */
export interface PipelineItem {
  /** What errors call it. */
  readonly name: string;
  /** A path, a file's bytes, or what fetches them when they are needed. */
  readonly file: string | Uint8Array | (() => Promise<Uint8Array>);
}

/** What became of one input. */
export interface PipelineResult<Item extends PipelineItem = PipelineItem> extends TaskResult {
  readonly item: Item;
  /** Of its file, in hexadecimal digits; absent where it could not be read. */
  readonly sha256?: string;
  /** Milliseconds from reading the file to the end of its result. */
  readonly ms: number;
  /** Why there is no result. */
  readonly error?: ZeroskipError;
}

/** An item as a worker thread takes it. */
export async function workItem({ name, file }: PipelineItem): Promise<WorkItem> {
  return { name, file: typeof file === 'function' ? await file() : file };
}

function resultOf<Item extends PipelineItem>(item: Item, outcome: Outcome): PipelineResult<Item> {
  const { failure, result, ...rest } = outcome;
  if (failure) return { item, ...rest, error: new ZeroskipError(failure.message, { code: failure.code }) };
  const { outputs, ...made } = result!;
  if (outputs === undefined) return { item, ...rest, ...made };
  const tensors = Object.entries(outputs).map(([name, { type, data, dims }]): [string, Tensor] => [
    name,
    new Tensor(type, data, [...dims]),
  ]);
  return { item, ...rest, outputs: Object.fromEntries(tensors) };
}

/** Runs the network once for several items. */
export async function runGroup<Item extends PipelineItem>(
  pool: Pool,
  items: readonly Item[],
  size: number,
): Promise<PipelineResult<Item>[]> {
  const start = performance.now();
  const fetched = await Promise.allSettled(items.map(workItem));
  const there = fetched.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const outcomes = there.length === 0 ? [] : [...(await pool.run(there, size))];
  return fetched.map((one, i) => {
    const outcome =
      one.status === 'fulfilled'
        ? outcomes.shift()!
        : { ms: performance.now() - start, failure: failureOf(one.reason) };
    return resultOf(items[i]!, outcome);
  });
}
