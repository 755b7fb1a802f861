import { prepareAddon } from '@zeroskip/kernels';
import {
  computeType,
  type FileSource,
  type Graph,
  type GraphOutput,
  type GraphValue,
  type Limits,
  ModelFiles,
  modelBytes,
  modelError,
  narrowed,
  type ValueType,
} from '@zeroskip/onnx';
import { type ElementType, rangeError, released, Tensor, typeError } from '@zeroskip/tensor';
import type { PlannedConvolution } from '../compile/algorithm-choice.ts';
import { Compiler } from '../compile/compiler.ts';
import { plannedLayers } from '../compile/planned-layers.ts';
import { fixDimensions } from '../passes/fix-dimensions.ts';
import { foldConstants } from '../passes/fold-constants.ts';
import { prune } from '../passes/prune.ts';
import { shapeInputs } from '../passes/shape-inputs.ts';
import { copied, mapTensors, type Value } from '../values/value.ts';
import { atOnce, inTurns, type Work } from '../values/work.ts';
import { ArenaPool } from './cache/arena-pool.ts';
import { InstanceCache } from './cache/instance-cache.ts';
import { delivered } from './delivered.ts';
import { checkFeeds } from './feeds.ts';
import { hashOf } from './hash.ts';
import type { Execution } from './instance.ts';
import { Network, type Segment } from './network/network.ts';
import type {
  Feeds,
  Fetches,
  NodeMetadata,
  OutputMetadata,
  Results,
  RunOptions,
  SessionOptions,
  ValueMetadata,
} from './options.ts';
import { parseModel } from './parse-model.ts';
import type { LayerProbe } from './probe.ts';
import { type RunRequest, runRequest } from './run-arguments.ts';
import { type Settings, settingsOf } from './settings.ts';
import { TraceCollector } from './trace-collector.ts';
import { Turns } from './turns/turns.ts';

/**
 * Inputs that decide shapes are small, and the network is compiled for their values. A larger one is data, whatever
 * reads it, and what follows from it is found in each run.
 */
const MAX_SHAPE_ELEMENTS = 32;

function metadata<T extends GraphOutput>({ name, form, type, dims }: T) {
  return {
    name,
    isTensor: !form,
    type: type as T['type'],
    shape: dims ?? [],
    ...(form && { form }),
  } as const;
}

function isFixed({ dims }: GraphValue): boolean {
  return dims?.every((dim) => typeof dim === 'number') ?? false;
}

/** Types of inputs whose dims the model fixes, as they are computed. */
function fixedTypes(inputs: readonly GraphValue[]): Map<string, ValueType> {
  return new Map(
    inputs.map(({ name, type, dims }) => [name, { type: computeType(type), dims: dims as number[] }]),
  );
}

/** The outputs, with the types that follow from the inputs where the model declares none. */
function typedOutputs(graph: Graph, limits: Limits): readonly GraphOutput[] {
  if (graph.outputs.every(({ type }) => type !== undefined) || !graph.inputs.every(isFixed))
    return graph.outputs;
  const { types, constants } = foldConstants(graph, fixedTypes(graph.inputs), limits);
  return graph.outputs.map((output) => {
    const known = constants.get(output.name) ?? types.get(output.name);
    return output.type === undefined && known ? { ...output, type: known.type, dims: known.dims } : output;
  });
}

/** Outputs that are compiled for before the first run, in the order of the session's. */
function preparedOutputs(names: readonly string[], wanted = names): readonly string[] {
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw rangeError('option prepare', `outputs (${names.join(', ')})`, unknown);
  return names.filter((name) => wanted.includes(name));
}

/** A result in the type that the model declares for it. */
function declared(name: string, type: ElementType, tensor: Tensor): Tensor {
  if (computeType(type) === tensor.type) return narrowed(tensor, type);
  throw modelError(`type of graph output ${JSON.stringify(name)}`, type, tensor.type);
}

/**
 * A loaded network.
 *
 * Runs may overlap. Memory is held until `release`; the model's bytes stay in use until then, too, and must
 * not be changed when they were given as an array.
 */
export class InferenceSession implements AsyncDisposable {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly OutputMetadata[];
  /** As in the model, without those whose results are constants or not used, in an order of execution. */
  readonly nodes: readonly NodeMetadata[];
  readonly #graph: Graph;
  readonly #shapeInputs: ReadonlySet<string>;
  readonly #network: Network;
  readonly #arenas = new ArenaPool();
  readonly #running = new Set<Promise<unknown>>();
  #released = false;

  private constructor(settings: Settings, graph: Graph, planned: ReadonlyMap<string, PlannedConvolution>) {
    this.#graph = graph;
    this.#shapeInputs = shapeInputs(graph);
    const { algorithm, accuracy, limits, fuse, onProgress } = settings;
    const onPrepared =
      onProgress && ((done: number, total: number) => onProgress({ stage: 'prepare', done, total }));
    const compiler = new Compiler(graph, { algorithm, accuracy, planned, limits, fuse, onPrepared });
    const segments = new InstanceCache<Segment>(settings.shapeCacheBytes);
    this.#network = new Network(compiler, {
      limits,
      threads: settings.threads,
      accuracy,
      arenas: this.#arenas,
      segments,
    });
    this.inputNames = graph.inputs.map(({ name }) => name);
    this.outputNames = graph.outputs.map(({ name }) => name);
    this.inputMetadata = graph.inputs.map(metadata);
    this.outputMetadata = typedOutputs(graph, settings.limits).map(metadata);
    this.nodes = graph.nodes.map(({ name, opType, inputs, outputs }) => ({ name, opType, inputs, outputs }));
  }

  /**
   * Loads a network: ONNX, a TensorFlow.js Layers or graph model, or TensorFlow Lite. Where the model fixes the dims of
   * its inputs, its convolutions are packed here; else when a run first brings an input of new dims.
   * @param model a path, or the file's bytes, as an array or a Blob; external data and weight files are read beside a
   *   path, or from option `externalData`
   * @throws errors with codes `ERR_FILE`, `ERR_INVALID_MODEL`, `ERR_UNSUPPORTED_OPERATOR`,
   *   `ERR_UNSUPPORTED_TYPE`, `ERR_LIMIT_EXCEEDED`, `ERR_INVALID_PLAN` and others, which name the node
   */
  static async create(model: FileSource, options: SessionOptions = {}): Promise<InferenceSession> {
    await prepareAddon();
    const settings = await settingsOf(options);
    const { bytes, path } = await modelBytes(model, settings);
    const files = new ModelFiles({ ...settings, path });
    const read = await parseModel(bytes, settings.limits, files, settings);
    const parsed = fixDimensions(read, settings.dimensions);
    const graph = prune(foldConstants(prune(parsed), new Map(), settings.limits));
    const { plan } = settings;
    const planned = plan ? await plannedLayers(plan, graph, await hashOf(bytes, files)) : new Map();
    const session = new InferenceSession(settings, graph, planned);
    const prepared = preparedOutputs(session.outputNames, settings.prepare);
    const isKnown = graph.inputs.every(isFixed) && session.#shapeInputs.size === 0;
    if (isKnown && prepared.length > 0) await session.#prepare(prepared);
    return session;
  }

  /** Compiles for the dims that the model fixes. */
  async #prepare(fetches: readonly string[]): Promise<void> {
    const types = fixedTypes(this.#graph.inputs);
    const request = { types, values: new Map(), fetches };
    await inTurns(this.#network.use(request, function* () {}));
  }

  *#execute(
    feeds: Feeds,
    fetches: readonly string[],
    { trace, ...execution }: RunOptions & Pick<Execution, 'visit'>,
  ): Work<Map<string, Value>> {
    const given = checkFeeds(this.#graph, feeds);
    const known = new Map<string, Tensor>();
    for (const name of this.#shapeInputs) {
      const value = given.get(name);
      if (value instanceof Tensor && value.size <= MAX_SHAPE_ELEMENTS) known.set(name, value);
    }
    for (const name of known.keys()) given.delete(name);
    const collector = trace && new TraceCollector();
    const state = { ...execution, collector, turns: new Turns(), iterations: 0, shared: false };
    const results = yield* this.#network.run(given, known, fetches, state);
    if (collector) trace!(collector.layers);
    for (const { name, type } of this.#graph.outputs) {
      const value = results.get(name) ?? given.get(name);
      if (value === undefined) continue;
      const own = state.shared ? mapTensors(value, copied) : value;
      results.set(name, type === undefined ? own : mapTensors(own, (each) => declared(name, type, each)));
    }
    return results;
  }

  #assertUsable(): void {
    if (this.#released) throw released('session');
  }

  /** Does `work`, and keeps `release` waiting until it has ended. */
  async #track<T>(begin: () => Work<T>): Promise<T> {
    this.#assertUsable();
    const work = begin();
    const step = work.next();
    if (step.done) return step.value;
    const running = inTurns(work, step);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  *#resultsOf<V extends Value>(feeds: Feeds, { fetches, options }: RunRequest): Work<Results<V>> {
    const names = this.outputNames.filter((name) => fetches.has(name));
    const results = yield* this.#execute(feeds, names, options);
    return Object.fromEntries(
      names.map((name) => [name, delivered(name, results.get(name)!, fetches.get(name)) as V]),
    );
  }

  /**
   * Runs the network; the main thread only copies inputs, and computes operators that have no native form. What
   * takes about a millisecond or less runs on the calling thread.
   * @param fetches outputs to compute, all unless told; the rest of the network is left out. A tensor given
   *   for an output is filled and returned.
   * @throws errors that name the feed or node; the signal's reason when aborted, within one layer
   */
  run<V extends Value = Tensor>(feeds: Feeds, options?: RunOptions): Promise<Results<V>>;
  run<V extends Value = Tensor>(feeds: Feeds, fetches: Fetches, options?: RunOptions): Promise<Results<V>>;
  run<V extends Value = Tensor>(
    feeds: Feeds,
    first?: Fetches | RunOptions,
    second?: RunOptions,
  ): Promise<Results<V>> {
    return this.#track(() => this.#resultsOf<V>(feeds, runRequest(this.outputNames, first, second)));
  }

  /**
   * `run` for callers that cannot wait: the calling thread does nothing else until the results are there, and no signal
   * reaches it.
   * @throws what `run` rejects with
   */
  runSync<V extends Value = Tensor>(feeds: Feeds, options?: RunOptions): Results<V>;
  runSync<V extends Value = Tensor>(feeds: Feeds, fetches: Fetches, options?: RunOptions): Results<V>;
  runSync<V extends Value = Tensor>(
    feeds: Feeds,
    first?: Fetches | RunOptions,
    second?: RunOptions,
  ): Results<V> {
    this.#assertUsable();
    return atOnce(this.#resultsOf<V>(feeds, runRequest(this.outputNames, first, second)));
  }

  /**
   * Runs the network and calls `visit` for every convolution, before it executes, and waits for it.
   * @returns all outputs
   */
  async probe<V extends Value = Tensor>(
    feeds: Feeds,
    visit: (layer: LayerProbe) => void | Promise<void>,
  ): Promise<Results<V>> {
    if (typeof visit !== 'function') throw typeError('visit', 'a function', visit);
    const results = await this.#track(() => this.#execute(feeds, this.outputNames, { visit }));
    return Object.fromEntries(results as Map<string, V>);
  }

  /** Frees the session's memory. Runs in flight end normally first; later ones are refused. Idempotent. */
  async release(): Promise<void> {
    this.#released = true;
    await Promise.allSettled(this.#running);
    this.#network.release();
    this.#arenas.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
