import type { SessionOptions } from '@zeroskip/runner';
import type { ElementType, ErrorCode, TensorData } from '@zeroskip/tensor';
import type { Preparation } from '../images/preparation.ts';
import type { InputShape } from '../input/network-input.ts';
import type { Task, TaskResult } from '../tasks/task.ts';

/** A network with what goes in and what is made of its output: all that a worker thread is told. */
export interface EngineSettings
  extends Pick<SessionOptions, 'followLinks' | 'plan' | 'algorithm' | 'accuracy'> {
  /** A path, or a model's bytes. */
  readonly model: string | Uint8Array;
  readonly preparation: Preparation;
  readonly shape?: InputShape;
  readonly task: Task;
  /** Threads of one run. */
  readonly threads: number;
}

/** One input on its way to a worker thread. */
export interface WorkItem {
  readonly name: string;
  /** A path, which the thread reads, or a file's bytes. */
  readonly file: string | Uint8Array;
}

/** What a worker thread is asked. */
export type Request =
  /** One run for all items, each with a result of its own. */
  | { readonly id: number; readonly kind: 'run'; readonly items: readonly WorkItem[]; readonly size: number }
  /** How many images a run takes best. */
  | { readonly id: number; readonly kind: 'measure'; readonly items: readonly WorkItem[] };

/** An error, as it crosses between threads and machines. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A tensor, as it crosses between threads. */
export interface TensorParts {
  readonly type: ElementType;
  readonly data: TensorData;
  readonly dims: readonly number[];
}

/** What became of one item. */
export interface Outcome {
  /** Of the file; absent where it could not be read. */
  readonly sha256?: string;
  /** From reading the file to the end of its result; waiting for others included. */
  readonly ms: number;
  readonly result?: Omit<TaskResult, 'outputs'> & { readonly outputs?: Record<string, TensorParts> };
  readonly failure?: Failure;
}

/** What a worker thread says: that it is ready, that it never will be, or an answer. */
export type Reply =
  | { readonly ready: true }
  | { readonly unready: Failure }
  | { readonly id: number; readonly outcomes: readonly Outcome[] }
  | { readonly id: number; readonly size: number };

/** What an error says of itself to another thread. */
export function failureOf(error: unknown): Failure {
  const { code = 'ERR_NATIVE', message = String(error) } = error as Partial<Failure>;
  return { code, message };
}
