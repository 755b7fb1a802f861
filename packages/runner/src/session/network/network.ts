import type { Accuracy } from '@zeroskip/kernels';
import { type Body, type Constant, type Limits, type Subgraph, sameDims } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import type { Compiler, Request } from '../../compile/compiler.ts';
import type { Value, Values } from '../../values/value.ts';
import type { Work } from '../../values/work.ts';
import { ArenaPool } from '../cache/arena-pool.ts';
import type { InstanceCache } from '../cache/instance-cache.ts';
import { Instance } from '../instance.ts';
import { runReady } from './run-ready.ts';
import type { RunState } from './run-state.ts';

/** What the networks of a session share. */
export interface NetworkContext {
  readonly limits: Limits;
  readonly threads: number;
  readonly accuracy: Accuracy;
  readonly arenas: ArenaPool;
  readonly segments: InstanceCache<Segment>;
}

/** Tells apart requests for other dims, values or outputs. */
function keyOf({ types, values, fetches }: Request): string {
  const shapes = [...types].map(([name, { type, dims }]) =>
    type === 'float32' ? [name, dims] : [name, dims, type],
  );
  const known = [...values].map(([name, { data, dims }]) => [
    name,
    dims,
    Array.from(data as Float32Array, String),
  ]);
  return JSON.stringify([shapes, known, fetches]);
}

/** Whether two requests without values are for the same, which takes far less time to see than a key to write. */
function isSame(a: Request, b: Request): boolean {
  if (a.values.size > 0 || b.values.size > 0 || a.types.size !== b.types.size) return false;
  for (const [name, { type, dims }] of a.types) {
    const other = b.types.get(name);
    if (other?.type !== type || !sameDims(other.dims, dims)) return false;
  }
  return a.fetches.length === b.fetches.length && a.fetches.every((name, i) => name === b.fetches[i]);
}

let networks = 0;

/** A network, or a part of one, that is compiled for ever new types of its inputs. */
export class Network {
  readonly #compiler: Compiler;
  readonly #context: NetworkContext;
  readonly #prefix = `${networks++} `;
  /** The last request, and its key. */
  #latest: { readonly request: Request; readonly key: string } | undefined;

  constructor(compiler: Compiler, context: NetworkContext) {
    this.#compiler = compiler;
    this.#context = context;
  }

  /** Runs `use` on the network's first segment for a request, compiled where there is none. */
  use<R>(request: Request, use: (segment: Segment) => Work<R>): Work<R> {
    const [compiler, context] = [this.#compiler, this.#context];
    function* build(): Work<Segment> {
      return new Segment(new Instance(yield* compiler.compile(request), context), compiler, context);
    }
    if (!this.#latest || !isSame(this.#latest.request, request)) {
      this.#latest = { request, key: this.#prefix + keyOf(request) };
    }
    return this.#context.segments.use(this.#latest.key, build, use);
  }

  /**
   * Computes outputs from the values of inputs.
   * @param known values of inputs that it is compiled for, which `given` leaves out
   */
  run(
    given: Values,
    known: ReadonlyMap<string, Tensor>,
    fetches: readonly string[],
    state: RunState,
  ): Work<Map<string, Value>> {
    const tensors = new Map<string, Tensor>();
    for (const [name, value] of given) if (value instanceof Tensor) tensors.set(name, value);
    const types = new Map([...tensors].map(([name, { type, dims }]) => [name, { type, dims }]));
    return this.use({ types, values: known, fetches }, (segment) => segment.run(given, tensors, state));
  }

  /** Frees what was compiled; none of it may be in use. */
  release(): void {
    this.#context.segments.clear(this.#prefix);
    this.#compiler.release();
  }
}

/** The part of a network whose types follow from those of its inputs, compiled, and the network that follows it. */
export class Segment {
  readonly #instance: Instance;
  readonly #compiler: Compiler;
  readonly #context: NetworkContext;
  readonly #next: Network | undefined;
  /** Graphs inside the nodes between, which are compiled at their first run. */
  readonly #inner = new Map<Subgraph, Inner>();

  constructor(instance: Instance, compiler: Compiler, context: NetworkContext) {
    this.#instance = instance;
    this.#compiler = compiler;
    this.#context = context;
    const { rest } = instance;
    if (rest && rest.graph.nodes.length > 0) this.#next = new Network(compiler.part(rest.graph), context);
  }

  /** Bytes that it holds, about, beside what it shares with others. */
  get bytes(): number {
    return this.#instance.bytes;
  }

  *run(given: Values, tensors: ReadonlyMap<string, Tensor>, state: RunState): Work<Map<string, Value>> {
    const found: Map<string, Value> = yield* this.#instance.run(tensors, state);
    const { rest } = this.#instance;
    if (!rest) return found;
    const values = new Map([...given, ...found]);
    const { limits } = this.#context;
    const runGraph = (graph: Subgraph, inputs: readonly Value[]) =>
      this.#innerOf(graph, rest.graph.constants).run(values, inputs, state);
    for (const [name, value] of yield* runReady(rest, values, { limits, state, runGraph })) {
      values.set(name, value);
      found.set(name, value);
    }
    if (!this.#next) return found;
    const inputs = new Map(rest.graph.inputs.map(({ name }) => [name, values.get(name)!]));
    const fetches = rest.graph.outputs.map(({ name }) => name);
    for (const [name, value] of yield* this.#next.run(inputs, new Map(), fetches, state))
      found.set(name, value);
    return found;
  }

  #innerOf(graph: Subgraph, constants: ReadonlyMap<string, Constant>): Inner {
    const inner = this.#inner.get(graph) ?? new Inner(graph, constants, this.#compiler, this.#context);
    this.#inner.set(graph, inner);
    return inner;
  }

  /** Frees native memory; runs in flight must have ended. */
  release(): void {
    this.#instance.release();
    this.#next?.release();
    for (const inner of this.#inner.values()) inner.release();
  }
}

/** A graph inside a node as a network, whose inputs are its own and the values around it that it reads. */
class Inner {
  readonly #network: Network;
  readonly #arenas: ArenaPool;
  readonly #inputs: readonly string[];
  readonly #captures: readonly string[];
  readonly #outputs: readonly string[];
  readonly #constants: ReadonlyMap<string, Constant>;
  /** Outputs that are computed, not inputs that are passed on. */
  readonly #computed: readonly string[];

  constructor(
    graph: Subgraph,
    around: ReadonlyMap<string, Constant>,
    compiler: Compiler,
    context: NetworkContext,
  ) {
    const constants = new Map(graph.constants);
    const captures: string[] = [];
    for (const name of graph.captures) {
      const constant = around.get(name);
      if (constant) constants.set(name, constant);
      else captures.push(name);
    }
    this.#inputs = graph.inputs.map(({ name }) => name);
    this.#captures = captures;
    this.#constants = constants;
    this.#outputs = graph.outputs.map(({ name }) => name);
    const given = new Set([...this.#inputs, ...captures]);
    this.#computed = [...new Set(this.#outputs)].filter((name) => !given.has(name) && !constants.has(name));
    const body: Body = {
      nodes: graph.nodes,
      inputs: [...given].map((name) => ({ name })),
      outputs: this.#computed.map((name) => ({ name })),
      constants,
    };
    // Arenas of its own: a body runs often, and needs little.
    this.#arenas = new ArenaPool();
    this.#network = new Network(compiler.part(body), { ...context, arenas: this.#arenas });
  }

  *run(around: Values, inputs: readonly Value[], state: RunState): Work<Value[]> {
    const given = new Map<string, Value>();
    for (const name of this.#captures) given.set(name, around.get(name)!);
    for (const [i, name] of this.#inputs.entries()) given.set(name, inputs[i]!);
    const found =
      this.#computed.length > 0
        ? yield* this.#network.run(given, new Map(), this.#computed, state)
        : new Map<string, Value>();
    return this.#outputs.map(
      (name) => found.get(name) ?? given.get(name) ?? this.#constants.get(name)?.load() ?? null,
    );
  }

  release(): void {
    this.#network.release();
    this.#arenas.release();
  }
}
