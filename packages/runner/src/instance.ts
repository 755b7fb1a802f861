import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { Program, type ProgramRun, type Step, type StepTrace } from '@zeroskip/kernels';
import { Tensor, ZeroskipError } from '@zeroskip/tensor';
import { ActiveLayer } from './active-layer.ts';
import type { ConvolutionStore } from './convolution-store.ts';
import type { Graph, ValueType } from './graph.ts';
import type { Limits } from './limits.ts';
import type { Action, ConvLayer, Origin, PlacedStep } from './lowering/actions.ts';
import type { Place } from './lowering/place.ts';
import { atNode } from './node-error.ts';
import { evaluateNode } from './passes/fold-constants.ts';
import { lower } from './passes/lower.ts';
import { type MemoryPlan, planMemory } from './passes/memory-plan.ts';
import { simplify } from './passes/simplify.ts';
import type { LayerProbe } from './probe.ts';
import type { ConvolutionTrace, LayerTrace, NodeTrace } from './trace.ts';

/** Floats that the main thread copies between two turns of the event loop: 8 MB, a few milliseconds. */
const COPY_FLOATS = 1 << 21;

interface InstanceContext {
  readonly threads: number;
  readonly limits: Limits;
  readonly store: ConvolutionStore;
  readonly onPrepared?: ((done: number, total: number) => void) | undefined;
}

export interface Execution {
  readonly signal?: AbortSignal | undefined;
  readonly trace?: ((layers: LayerTrace[]) => void) | undefined;
  readonly visit?: ((layer: LayerProbe) => void | Promise<void>) | undefined;
}

/** Consecutive native steps as one item; the rest one by one. */
type Item =
  | { readonly kind: 'native'; readonly from: number; readonly to: number }
  | Exclude<Action, { kind: 'step' }>;

interface Layer {
  readonly layer: ConvLayer;
  readonly key: string;
  readonly step: Extract<Step, { op: 'conv' }>;
}

/** Collects what each node took, in order of execution. */
class TraceCollector {
  readonly #entries = new Map<
    Origin,
    { ms: number; convolution?: Omit<ConvolutionTrace, keyof NodeTrace> }
  >();

  add(origin: Origin, ms: number, convolution?: Omit<ConvolutionTrace, keyof NodeTrace>): void {
    const entry = this.#entries.get(origin) ?? { ms: 0 };
    entry.ms += ms;
    if (convolution) entry.convolution = convolution;
    this.#entries.set(origin, entry);
  }

  get layers(): LayerTrace[] {
    return [...this.#entries].map(([{ name, opType }, { ms, convolution }]) => ({
      name,
      opType,
      ms,
      ...convolution,
    }));
  }
}

/** A network compiled for inputs of given types, ready to run any number of times, also at once. */
export class Instance {
  readonly #graph: Graph;
  readonly #context: InstanceContext;
  readonly #program: Program;
  readonly #arenaFloats: number;
  readonly #items: readonly Item[];
  readonly #origins: readonly Origin[];
  readonly #layers: ReadonlyMap<number, Layer>;
  /** Tensors of the run that each item is the last to read. */
  readonly #expiring: readonly (readonly string[])[];
  /** Kept for the next run; concurrent runs make and drop their own. */
  #idle: ProgramRun | undefined;
  #released = false;

  private constructor(
    graph: Graph,
    context: InstanceContext,
    compiled: {
      program: Program;
      arenaFloats: number;
      items: readonly Item[];
      origins: readonly Origin[];
      layers: ReadonlyMap<number, Layer>;
    },
  ) {
    this.#graph = graph;
    this.#context = context;
    this.#program = compiled.program;
    this.#arenaFloats = compiled.arenaFloats;
    this.#items = compiled.items;
    this.#origins = compiled.origins;
    this.#layers = compiled.layers;
    this.#expiring = lastReads(compiled.items, new Set(graph.outputs.map(({ name }) => name)));
  }

  /**
   * Compiles `graph`, packs the weights of its convolutions, a few at a time between turns of the event loop,
   * and prepares its program.
   */
  static async build(
    graph: Graph,
    inputs: ReadonlyMap<string, ValueType>,
    context: InstanceContext,
  ): Promise<Instance> {
    const simple = simplify(graph, inputs, context.limits);
    const { actions, constants } = lower(simple);
    const plan = planMemory(actions);
    if (plan.arenaFloats * 4 > context.limits.maxRunBytes) {
      const [expected, received] = [`at most ${context.limits.maxRunBytes}`, String(plan.arenaFloats * 4)];
      throw new ZeroskipError(`Expected ${expected} for the bytes of one run, received ${received}.`, {
        code: 'ERR_LIMIT_EXCEEDED',
        expected,
        received,
      });
    }
    const layers = new Map<number, Layer>();
    try {
      const steps = await bindSteps(actions, plan, context, layers);
      const program = new Program(steps, constants as Float32Array<ArrayBuffer>);
      const origins = actions.flatMap((action) => (action.kind === 'step' ? [action.origin] : []));
      const items = itemsOf(actions, plan);
      return new Instance(simple, context, {
        program,
        arenaFloats: plan.arenaFloats,
        items,
        origins,
        layers,
      });
    } catch (error) {
      for (const { key } of layers.values()) context.store.release(key);
      throw error;
    }
  }

  /** Runs the network on tensors of the compute types. */
  async run(feeds: ReadonlyMap<string, Tensor>, execution: Execution): Promise<Map<string, Tensor>> {
    execution.signal?.throwIfAborted();
    const tensors = new Map(feeds);
    const collector = execution.trace && new TraceCollector();
    const run = this.#idle ?? this.#program.createRun(this.#arenaFloats);
    this.#idle = undefined;
    try {
      for (const [index, item] of this.#items.entries()) {
        execution.signal?.throwIfAborted();
        if (item.kind === 'native') await this.#native(run, item, execution, collector);
        else await this.#onMainThread(run, item, tensors, collector);
        for (const name of this.#expiring[index]!) tensors.delete(name);
      }
    } finally {
      if (this.#released || this.#idle) run.release();
      else this.#idle = run;
    }
    if (collector) execution.trace!(collector.layers);
    return this.#results(tensors, feeds);
  }

  async #native(
    run: ProgramRun,
    { from, to }: { from: number; to: number },
    { signal, visit }: Execution,
    collector: TraceCollector | undefined,
  ): Promise<void> {
    const { threads } = this.#context;
    const options = { threads, ...(signal && { signal }) };
    const note = (start: number, traces: readonly StepTrace[]) => {
      for (const [i, trace] of traces.entries()) this.#note(start + i, trace, collector);
    };
    let start = from;
    if (visit) {
      for (let step = from; step < to; step++) {
        const layer = this.#layers.get(step);
        if (!layer) continue;
        if (start < step) note(start, await run.execute({ from: start, to: step, ...options }));
        start = step;
        const active = new ActiveLayer(layer.layer, run, step, layer.step.input, threads);
        try {
          await visit(active);
        } finally {
          active.close();
        }
      }
    }
    note(start, await run.execute({ from: start, to, ...options }));
  }

  #note(step: number, trace: StepTrace, collector: TraceCollector | undefined): void {
    if (!collector) return;
    const origin = this.#origins[step]!;
    const found = this.#layers.get(step);
    if (!found) {
      collector.add(origin, trace.ms);
      return;
    }
    const { layer, step: bound } = found;
    const { spec, inputDims } = layer;
    const [batch, , height, width] = inputDims;
    const { convolution } = bound;
    const elements = inputDims.reduce((size, dim) => size * dim, 1);
    collector.add(origin, trace.ms, {
      algorithm: convolution.algorithm,
      parameters: convolution.parameters,
      inputShape: inputDims,
      weightShape: layer.weights.dims as [number, number, number, number],
      strides: spec.strides,
      dilations: spec.dilations,
      pads: spec.pads,
      group: spec.group,
      density: trace.nonZeros / elements,
      encodeMs: trace.encodeMs,
      computeMs: trace.computeMs,
      workspaceBytes: convolution.workspaceBytes([height, width], { batch, threads: this.#context.threads }),
    });
  }

  async #onMainThread(
    run: ProgramRun,
    item: Exclude<Item, { kind: 'native' }>,
    tensors: Map<string, Tensor>,
    collector: TraceCollector | undefined,
  ): Promise<void> {
    const start = performance.now();
    const tensor = (name: string) => this.#graph.constants.get(name)?.load() ?? tensors.get(name)!;
    let origin: Origin;
    if (item.kind === 'host') {
      const { view, operator, types } = item;
      origin = view.node;
      const inputs = view.inputs.map((input) => input && tensor(input.name));
      const outputs = evaluateNode(operator, view, inputs, types);
      for (const [i, name] of view.node.outputs.entries()) if (name !== '') tensors.set(name, outputs[i]!);
    } else if (item.kind === 'write') {
      origin = { name: item.value, opType: 'CopyIn' };
      await writeInTurns(run, item.place, tensor(item.value).data as Float32Array);
    } else {
      origin = { name: item.value, opType: 'CopyOut' };
      tensors.set(item.value, new Tensor('float32', await readInTurns(run, item.place), item.dims));
    }
    collector?.add(origin, performance.now() - start);
    await setImmediate();
  }

  /** The outputs; never memory that belongs to the caller or to the model. */
  #results(tensors: ReadonlyMap<string, Tensor>, feeds: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
    const foreign = new Set([...feeds.values()].map(({ data }) => data.buffer));
    const results = new Map<string, Tensor>();
    for (const { name } of this.#graph.outputs) {
      const constant = this.#graph.constants.get(name)?.load();
      const tensor = constant ?? tensors.get(name)!;
      const shared = constant !== undefined || foreign.has(tensor.data.buffer);
      results.set(name, shared ? new Tensor(tensor.type, tensor.data.slice() as never, tensor.dims) : tensor);
      foreign.add(results.get(name)!.data.buffer);
    }
    return results;
  }

  /** Frees what an idle instance keeps for the next run. */
  trim(): void {
    this.#idle?.release();
    this.#idle = undefined;
  }

  /** Frees native memory; runs in flight must have ended. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.trim();
    this.#program.release();
    for (const { key } of this.#layers.values()) this.#context.store.release(key);
  }
}

async function writeInTurns(run: ProgramRun, place: Place, data: Float32Array): Promise<void> {
  for (let at = 0; at < data.length; at += COPY_FLOATS) {
    if (at > 0) await setImmediate();
    run.write(place.offset + at, data.subarray(at, at + COPY_FLOATS));
  }
}

async function readInTurns(run: ProgramRun, place: Place): Promise<Float32Array> {
  if (place.c <= COPY_FLOATS) return run.read(place.offset, place.c);
  const data = new Float32Array(place.c);
  for (let at = 0; at < data.length; at += COPY_FLOATS) {
    if (at > 0) await setImmediate();
    data.set(run.read(place.offset + at, Math.min(COPY_FLOATS, data.length - at)), at);
  }
  return data;
}

function bind(place: Place, plan: MemoryPlan) {
  const { region, ...view } = place;
  return region ? { ...view, offset: view.offset + plan.offsets.get(region)! } : view;
}

function bindPlaces(step: Exclude<PlacedStep, { op: 'conv' }>, plan: MemoryPlan): Step {
  const bound: Record<string, unknown> = { ...step };
  for (const key of ['input', 'output', 'a', 'b']) {
    const place = bound[key] as Place | undefined;
    if (place) bound[key] = bind(place, plan);
  }
  return bound as unknown as Step;
}

async function bindSteps(
  actions: readonly Action[],
  plan: MemoryPlan,
  { store, onPrepared }: InstanceContext,
  layers: Map<number, Layer>,
): Promise<Step[]> {
  const total = actions.filter((action) => action.kind === 'step' && action.step.op === 'conv').length;
  const steps: Step[] = [];
  for (const action of actions) {
    if (action.kind !== 'step') continue;
    const { step } = action;
    if (step.op !== 'conv') {
      steps.push(bindPlaces(step, plan));
      continue;
    }
    const { key, convolution } = acquire(store, step.layer, action.origin);
    const conv = {
      op: 'conv',
      convolution,
      input: bind(step.input, plan),
      output: bind(step.output, plan),
    } as const;
    layers.set(steps.length, { layer: step.layer, key, step: conv });
    steps.push(conv);
    onPrepared?.(layers.size, total);
    await setImmediate();
  }
  return steps;
}

function acquire(store: ConvolutionStore, layer: ConvLayer, origin: Origin) {
  try {
    return store.acquire(layer);
  } catch (error) {
    throw atNode(origin, error);
  }
}

function itemsOf(actions: readonly Action[], plan: MemoryPlan): Item[] {
  const items: Item[] = [];
  let step = 0;
  for (const action of actions) {
    const last = items.at(-1);
    if (action.kind === 'step') {
      step++;
      if (last?.kind === 'native') items[items.length - 1] = { ...last, to: step };
      else items.push({ kind: 'native', from: step - 1, to: step });
    } else if (action.kind === 'host') {
      items.push(action);
    } else {
      const offset = action.place.offset + plan.offsets.get(action.place.region!)!;
      items.push({ ...action, place: { ...action.place, offset } });
    }
  }
  return items;
}

/** Names that each item is the last to read, or writes without a reader. */
function lastReads(items: readonly Item[], kept: ReadonlySet<string>): string[][] {
  const last = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    if (item.kind === 'native') continue;
    const names = item.kind === 'host' ? [...item.view.node.inputs, ...item.view.node.outputs] : [item.value];
    for (const name of names) last.set(name, index);
  }
  const expiring: string[][] = items.map(() => []);
  for (const [name, index] of last) if (name !== '' && !kept.has(name)) expiring[index]!.push(name);
  return expiring;
}
