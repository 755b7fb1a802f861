import { released, type Tensor, typeError } from '@zeroskip/tensor';
import { delivered } from '../session/delivered.ts';
import type {
  Feeds,
  Fetches,
  NodeMetadata,
  OutputMetadata,
  Results,
  RunOptions,
  SessionOptions,
  ValueMetadata,
} from '../session/options.ts';
import { runRequest } from '../session/run-arguments.ts';
import type { InferenceSession as Direct } from '../session/session.ts';
import type { Value } from '../values/value.ts';
import { absolute, Connection } from './connection.ts';
import { buffersOf, plainValues, valuesOf } from './messages.ts';
import type { CreateCall, Created } from './worker.ts';

/** The worker that all sessions of a page share, and how many use it. */
let shared: { readonly connection: Connection; users: number } | undefined;

function join(): Connection {
  if (!shared || shared.connection.isEnded) shared = { connection: new Connection(), users: 0 };
  shared.users++;
  return shared.connection;
}

/** Ends a worker that has no session left. */
function leave(connection: Connection): void {
  if (shared?.connection !== connection || --shared.users > 0) return;
  shared = undefined;
  connection.end();
}

/**
 * A network in a worker: the page stays free, without shared memory, too. The methods and errors are those of the
 * runner's `InferenceSession`, but for `probe`, and for option `layers`, which holds functions. Inputs are copied to
 * the worker, results are handed over. The worker ends with its last session, and gives its memory back.
 */
export class InferenceSession implements AsyncDisposable, Pick<Direct, keyof Created & keyof Direct> {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly OutputMetadata[];
  readonly nodes: readonly NodeMetadata[];
  readonly #connection: Connection;
  readonly #session: number;
  #released: Promise<void> | undefined;

  private constructor(connection: Connection, created: Created) {
    this.#connection = connection;
    this.#session = created.session;
    this.inputNames = created.inputNames;
    this.outputNames = created.outputNames;
    this.inputMetadata = created.inputMetadata;
    this.outputMetadata = created.outputMetadata;
    this.nodes = created.nodes;
  }

  /** As the runner's `InferenceSession.create`, in a worker. */
  static async create(model: CreateCall['model'], options: SessionOptions = {}): Promise<InferenceSession> {
    const { onProgress, externalData, layers, ...rest } = options;
    if (layers) throw typeError('option layers', 'none for a session in a worker', layers);
    const connection = join();
    try {
      const given = externalData?.map(({ path, data }) => ({ path, data: absolute(data) }));
      const call: CreateCall = {
        model: absolute(model),
        options: { ...rest, ...(given && { externalData: given }) },
        reportsProgress: onProgress !== undefined,
      };
      return new InferenceSession(connection, await connection.call('create', call, { onEvent: onProgress }));
    } catch (error) {
      leave(connection);
      throw error;
    }
  }

  /** As the runner's `InferenceSession.run`. */
  run<V extends Value = Tensor>(feeds: Feeds, options?: RunOptions): Promise<Results<V>>;
  run<V extends Value = Tensor>(feeds: Feeds, fetches: Fetches, options?: RunOptions): Promise<Results<V>>;
  async run<V extends Value = Tensor>(
    feeds: Feeds,
    first?: Fetches | RunOptions,
    second?: RunOptions,
  ): Promise<Results<V>> {
    if (this.#released) throw released('session');
    if (typeof feeds !== 'object' || feeds === null) throw typeError('feeds', 'an object of tensors', feeds);
    const { fetches, options } = runRequest(this.outputNames, first, second);
    const { signal, trace } = options;
    const plain = plainValues(feeds, true);
    const call = {
      session: this.#session,
      feeds: plain,
      fetches: [...fetches.keys()],
      traces: trace !== undefined,
    };
    const how = { signal, onEvent: trace, transfer: buffersOf(plain) };
    const results = valuesOf(await this.#connection.call('run', call, how));
    return Object.fromEntries(
      Object.entries(results).map(([name, value]) => [name, delivered(name, value, fetches.get(name)) as V]),
    );
  }

  /** Frees the session's memory. Runs in flight end normally first; later ones are refused. Idempotent. */
  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    try {
      if (!this.#connection.isEnded) await this.#connection.call('release', this.#session);
    } finally {
      leave(this.#connection);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
