import type { Accuracy } from '@zeroskip/kernels';
import { type ProgramRun, Reads, type StepTrace } from '@zeroskip/kernels';
import { type ElementType, sizeOf, Tensor } from '@zeroskip/tensor';
import type { Compiled } from '../compile/compiler.ts';
import { type Item, lastReads, type NativeItem } from '../compile/schedule.ts';
import { isByte } from '../lowering/place.ts';
import type { Rest } from '../passes/split.ts';
import { kept } from '../values/kept.ts';
import { type Work, waited } from '../values/work.ts';
import { ActiveLayer } from './active-layer.ts';
import type { ArenaPool } from './cache/arena-pool.ts';
import type { LayerProbe } from './probe.ts';
import type { TraceCollector } from './trace-collector.ts';
import { assertWhole, writeInTurns } from './turns/copy-in-turns.ts';
import type { Turns } from './turns/turns.ts';

interface InstanceContext {
  readonly threads: number;
  readonly accuracy: Accuracy;
  readonly arenas: ArenaPool;
}

export interface Execution {
  readonly signal?: AbortSignal | undefined;
  readonly collector?: TraceCollector | undefined;
  readonly visit?: ((layer: LayerProbe) => void | Promise<void>) | undefined;
  readonly turns: Turns;
}

const NO_READS = new Reads([]);

/** The tensor in the bits of floats, or, of bools and indices, in their values. */
function tensorOf(type: ElementType, floats: Float32Array, dims: readonly number[]): Tensor {
  if (type === 'uint8') return new Tensor(type, new Uint8Array(floats.buffer, 0, sizeOf(dims)), dims);
  if (type === 'int8') return new Tensor(type, new Int8Array(floats.buffer, 0, sizeOf(dims)), dims);
  if (type === 'bool') return new Tensor(type, new Uint8Array(floats), dims);
  if (type === 'int64') return new Tensor(type, BigInt64Array.from(floats, BigInt), dims);
  return new Tensor('float32', floats, dims);
}

/** A segment of a network, compiled for inputs of given types, ready to run any number of times, also at once. */
export class Instance {
  readonly #compiled: Compiled;
  readonly #context: InstanceContext;
  /** Tensors of the run that each item is the last to read. */
  readonly #expiring: readonly (readonly string[])[];
  /** Those that are over before another thread would be awake: they are not waited for. */
  readonly #brief: ReadonlySet<Item>;
  /** Whether all outputs are copies out of the arena, in memory without more: bytes are in that of whole floats. */
  readonly #areCopies: boolean;
  #released = false;

  constructor(compiled: Compiled, context: InstanceContext) {
    const { program, items } = compiled;
    this.#compiled = compiled;
    this.#brief = new Set(
      items.filter((item) => item.kind === 'native' && program.isBrief(item.from, item.to, item.copies)),
    );
    const reads = items.flatMap((item) => (item.kind === 'native' ? item.reads : []));
    const copied = new Set(reads.filter(({ type }) => !isByte(type)).map(({ value }) => value));
    this.#areCopies = compiled.outputs.every((name) => copied.has(name));
    this.#context = context;
    this.#expiring = lastReads(items, new Set(compiled.outputs));
  }

  /** What follows, where types go by computed values. */
  get rest(): Rest | undefined {
    return this.#compiled.rest;
  }

  /** Bytes that it holds, about, beside what it shares with others. */
  get bytes(): number {
    return this.#compiled.bytes;
  }

  /** Runs the network on tensors of the compute types. */
  *run(feeds: ReadonlyMap<string, Tensor>, execution: Execution): Work<Map<string, Tensor>> {
    execution.signal?.throwIfAborted();
    const tensors = new Map(feeds);
    const { program, arenaFloats, items } = this.#compiled;
    const { arenas } = this.#context;
    const arena = arenas.take(arenaFloats);
    try {
      const run = program.createRun(arena);
      for (const [index, item] of items.entries()) {
        execution.signal?.throwIfAborted();
        if (item.kind === 'native') yield* this.#native(run, item, tensors, execution);
        else yield* this.#onMainThread(run, item, tensors, execution.collector);
        if (item.kind === 'host') yield* execution.turns.pause();
        for (const name of this.#expiring[index]!) tensors.delete(name);
      }
    } finally {
      arenas.give(arena);
    }
    return this.#results(tensors, feeds);
  }

  *#native(
    run: ProgramRun,
    item: NativeItem,
    tensors: Map<string, Tensor>,
    { signal, visit, collector }: Execution,
  ): Work<void> {
    const { from, to, reads, copies } = item;
    const { threads } = this.#context;
    const isTraced = collector !== undefined;
    const options = { threads, countNonZeros: isTraced, traces: isTraced, signal };
    const executed = (reads: Reads, first: number, end: number) =>
      waited({
        later: () => run.executeAndRead(reads, { from: first, to: end, ...options }),
        now: () => run.executeAndReadNow(reads, { from: first, to: end, ...options }),
      });
    const note = (start: number, traces: readonly StepTrace[]) => {
      for (const [i, trace] of traces.entries()) this.#note(start + i, trace, collector);
    };
    let start = from;
    if (visit) {
      for (let step = from; step < to; step++) {
        const layer = this.#compiled.layers.get(step);
        if (!layer) continue;
        if (start < step) note(start, (yield* executed(NO_READS, start, step)).traces);
        start = step;
        const active = new ActiveLayer(layer.layer, run, step, layer.step, this.#context);
        try {
          yield* waited({ later: async () => visit(active), now: () => visit(active) });
        } finally {
          active.close();
        }
      }
    }
    // Who may abort a run waits for it.
    const { traces, maps } =
      start === from && signal === undefined && this.#brief.has(item)
        ? run.executeAndReadNow(copies, { from, to, ...options })
        : yield* executed(copies, start, to);
    note(start, traces.slice(0, to - start));
    for (const [i, { value, type, dims }] of reads.entries()) {
      tensors.set(value, tensorOf(type, maps[i]!, dims));
      collector?.add({ name: value, opType: 'CopyOut' }, traces[to - start + i]!.ms);
    }
  }

  #note(step: number, trace: StepTrace, collector: TraceCollector | undefined): void {
    if (!collector) return;
    const origin = this.#compiled.origins[step]!;
    const found = this.#compiled.layers.get(step);
    if (!found) {
      collector.add(origin, trace.ms);
      return;
    }
    const { layer, step: bound } = found;
    const { spec, inputDims } = layer;
    const [batch, , height, width] = inputDims;
    const convolution = trace.dense ? bound.dense! : bound.convolution;
    const elements = inputDims.reduce((size, dim) => size * dim, 1);
    const entry = layer.name === origin.name ? origin : { name: layer.name, opType: origin.opType };
    collector.add(entry, trace.ms, {
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
      loweredBytes: trace.loweredBytes,
      guarded: trace.dense,
      workspaceBytes: convolution.workspaceBytes([height, width], { batch, threads: this.#context.threads }),
      packedBytes: convolution.packedBytes,
    });
  }

  *#onMainThread(
    run: ProgramRun,
    item: Exclude<Item, { kind: 'native' }>,
    tensors: Map<string, Tensor>,
    collector: TraceCollector | undefined,
  ): Work<void> {
    const start = collector ? performance.now() : 0;
    const tensor = (name: string) => {
      const constant = this.#compiled.constants.get(name);
      const found = constant ? kept(constant) : tensors.get(name)!;
      assertWhole(name, found);
      return found;
    };
    if (item.kind === 'write') {
      yield* writeInTurns(run, item.place, item.value, tensor(item.value));
      collector?.add({ name: item.value, opType: 'CopyIn' }, performance.now() - start);
      return;
    }
    const outputs = item.evaluate(item.node.inputs.map((name) => (name === '' ? undefined : tensor(name))));
    for (const [i, name] of item.node.outputs.entries()) if (name !== '') tensors.set(name, outputs[i]!);
    collector?.add(item.node, performance.now() - start);
  }

  /** The outputs; never memory that belongs to the caller or to the model. */
  #results(tensors: ReadonlyMap<string, Tensor>, feeds: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
    if (this.#areCopies) return new Map(this.#compiled.outputs.map((name) => [name, tensors.get(name)!]));
    const foreign = new Set([...feeds.values()].map(({ data }) => data.buffer));
    const results = new Map<string, Tensor>();
    for (const name of this.#compiled.outputs) {
      const constant = this.#compiled.constants.get(name)?.load();
      const tensor = constant ?? tensors.get(name)!;
      const { buffer, byteLength } = tensor.data;
      // A part of a larger buffer is what an operator passed on of the model's bytes.
      const shared = constant !== undefined || foreign.has(buffer) || byteLength < buffer.byteLength;
      results.set(name, shared ? new Tensor(tensor.type, tensor.data.slice() as never, tensor.dims) : tensor);
      foreign.add(results.get(name)!.data.buffer);
    }
    return results;
  }

  /** Frees native memory; runs in flight must have ended. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#compiled.release();
  }
}
