/** The program of a worker that holds the sessions of a page. */
import { prepareAddon } from '@zeroskip/kernels';
import type { Feeds, SessionOptions } from '../session/options.ts';
import { InferenceSession } from '../session/session.ts';
import type { Value } from '../values/value.ts';
import {
  buffersOf,
  type Description,
  type FromWorker,
  failureOf,
  type PlainValues,
  plainValues,
  type ToWorker,
} from './messages.ts';

interface Context {
  readonly signal: AbortSignal;
  /** Tells the page of something on the way. */
  readonly report: (event: unknown) => void;
}

export interface CreateCall {
  readonly model: Parameters<typeof InferenceSession.create>[0];
  readonly options: SessionOptions;
  readonly reportsProgress: boolean;
}

export interface RunCall {
  readonly session: number;
  readonly feeds: PlainValues;
  readonly fetches: readonly string[];
  readonly traces: boolean;
}

export type Created = Description & { readonly session: number };

const sessions = new Map<number, InferenceSession>();
let created = 0;

async function create(
  { model, options, reportsProgress }: CreateCall,
  { report }: Context,
): Promise<Created> {
  const session = await InferenceSession.create(model, {
    ...options,
    ...(reportsProgress && { onProgress: report }),
  });
  sessions.set(++created, session);
  const { inputNames, outputNames, inputMetadata, outputMetadata, nodes } = session;
  return { session: created, inputNames, outputNames, inputMetadata, outputMetadata, nodes };
}

async function run(
  { session, feeds, fetches, traces }: RunCall,
  { signal, report }: Context,
): Promise<PlainValues> {
  const own = sessions.get(session)!;
  const options = { signal, ...(traces && { trace: report }) };
  return plainValues(await own.run<Value>(feeds as Feeds, fetches, options), false);
}

async function release(session: number): Promise<void> {
  await sessions.get(session)!.release();
  sessions.delete(session);
}

const calls = { prepare: prepareAddon, create, run, release };
export type Calls = typeof calls;

interface WorkerScope {
  postMessage(message: FromWorker, transfer?: readonly ArrayBuffer[]): void;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
const running = new Map<number, AbortController>();

async function answer(id: number, call: keyof Calls, argument: unknown): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  const context = { signal: controller.signal, report: (event: unknown) => scope.postMessage({ id, event }) };
  try {
    const result = await calls[call](argument as never, context);
    scope.postMessage({ id, result }, call === 'run' ? buffersOf(result as PlainValues) : []);
  } catch (error) {
    scope.postMessage({ id, failure: failureOf(error) });
  } finally {
    running.delete(id);
  }
}

scope.onmessage = ({ data }) => {
  if ('isAborted' in data) running.get(data.id)?.abort();
  else answer(data.id, data.call as keyof Calls, data.argument);
};
