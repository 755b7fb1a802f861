import { Constants, Program, type Step } from '@zeroskip/kernels';
import {
  type Body,
  type Constant,
  constantFrom,
  type Limits,
  modelError,
  type ValueType,
} from '@zeroskip/onnx';
import type { Tensor } from '@zeroskip/tensor';
import type { Origin } from '../lowering/actions.ts';
import { ConstantPool, type SharedConstants } from '../lowering/constant-pool.ts';
import { foldAffine } from '../passes/fold-affine.ts';
import { prune } from '../passes/prune.ts';
import { Simplifier } from '../passes/simplify.ts';
import type { Rest } from '../passes/split.ts';
import type { Work } from '../values/work.ts';
import type { AlgorithmChoice } from './algorithm-choice.ts';
import { bindSteps, type Layer } from './bind-steps.ts';
import { type Chains, chainsOf } from './chains.ts';
import { ConvolutionStore } from './convolution-store.ts';
import { fuseElementwise } from './fuse-elementwise.ts';
import { lower } from './lower.ts';
import { lifetimes, lowerBound, MemoryPlanner } from './memory-plan.ts';
import { packConvolutions } from './pack-convolutions.ts';
import { type Item, itemsOf } from './schedule.ts';

/** What a network is compiled for. */
export interface Request {
  /** Types of the inputs whose values may be any. */
  readonly types: ReadonlyMap<string, ValueType>;
  /** Values of the other inputs. */
  readonly values: ReadonlyMap<string, Tensor>;
  /** Outputs that are wanted. */
  readonly fetches: readonly string[];
}

export interface CompilerOptions extends AlgorithmChoice {
  readonly limits: Limits;
  /** Whether operators are joined. */
  readonly fuse: boolean;
  readonly onPrepared?: ((done: number, total: number) => void) | undefined;
}

/** A network as its runs execute it, for inputs of given types, as far as these lead. */
export interface Compiled {
  readonly outputs: readonly string[];
  /** Those that are read on the main thread, or are outputs. */
  readonly constants: ReadonlyMap<string, Constant>;
  readonly program: Program;
  readonly arenaFloats: number;
  readonly items: readonly Item[];
  /** What each native step is done for. */
  readonly origins: readonly Origin[];
  /** The convolutions, by native step. */
  readonly layers: ReadonlyMap<number, Layer>;
  /** What follows, where types go by computed values. */
  readonly rest: Rest | undefined;
  /** Bytes that it holds, about; packed weights, which others use, too, left out. */
  readonly bytes: number;
  /** Frees native memory. */
  release(): void;
}

/** Bytes for each step beside the program's own: JavaScript objects, and what allocations add, as measured. */
const STEP_BYTES = 768;

/** Its own function, so that what is kept for runs holds nothing else of the compilation. */
const releaseOf = (program: Program, store: ConvolutionStore, held: readonly string[]) => () => {
  program.release();
  store.release(held);
};

function checkFloats(floats: number, { maxRunBytes }: Limits): void {
  if (floats * 4 > maxRunBytes) {
    throw modelError('the bytes of one run', `at most ${maxRunBytes}`, floats * 4, 'ERR_LIMIT_EXCEEDED');
  }
}

/** The constants that a run reads or returns as tensors. */
function mainThreadConstants({ constants, outputs }: Body, items: readonly Item[]): Map<string, Constant> {
  const found = new Map<string, Constant>();
  const names = items.flatMap((item) => (item.kind === 'host' ? item.node.inputs : []));
  for (const name of [...names, ...outputs.map((output) => output.name)]) {
    const constant = constants.get(name);
    if (constant) found.set(name, constant);
  }
  return found;
}

/**
 * Compiles one network for ever new dims. What does not depend on them is done once: weights are packed, constants
 * laid out, and rewrites of the graph found.
 */
export class Compiler {
  readonly #graph: Body;
  readonly #options: CompilerOptions;
  readonly #store: ConvolutionStore;
  readonly #ownsStore: boolean;
  readonly #memory = new MemoryPlanner();
  #simplifier: { readonly key: string; readonly simplifier: Simplifier } | undefined;
  #shared: SharedConstants | undefined;

  /**
   * @param graph folded as far as the inputs' dims do not matter
   * @param store of the network that the graph is a part of
   */
  constructor(graph: Body, options: CompilerOptions, store?: ConvolutionStore) {
    this.#graph = options.fuse ? prune(foldAffine(graph)) : graph;
    this.#options = options;
    this.#ownsStore = store === undefined;
    this.#store = store ?? new ConvolutionStore(options, new Set(this.#graph.constants.values()));
  }

  /** A compiler for a part of the network, which packs the same weights once. */
  part(graph: Body): Compiler {
    return new Compiler(graph, this.#options, this.#store);
  }

  /** How many times weights were packed. */
  get packings(): number {
    return this.#store.packings;
  }

  #simplified({ types, values, fetches }: Request) {
    const key = JSON.stringify([fetches, [...values.keys()]]);
    if (this.#simplifier?.key !== key) {
      const graph = {
        ...this.#graph,
        inputs: this.#graph.inputs.filter(({ name }) => !values.has(name)),
        outputs: this.#graph.outputs.filter(({ name }) => fetches.includes(name)),
      };
      const { limits, fuse } = this.#options;
      this.#simplifier = { key, simplifier: new Simplifier(graph, limits, fuse) };
    }
    const given = new Map([...values].map(([name, tensor]) => [name, constantFrom(tensor)]));
    return this.#simplifier.simplifier.simplify(types, given);
  }

  /** Compiles for one request, with turns of the event loop between the packings of weights. */
  *compile(request: Request): Work<Compiled> {
    const { limits, fuse, onPrepared } = this.#options;
    const { segment: graph, rest } = this.#simplified(request);
    const pool = new ConstantPool(this.#shared);
    const { actions: lowered, constants: values } = lower(graph, pool);
    const actions = fuse ? fuseElementwise(lowered) : lowered;
    // Before weights are packed for nothing.
    const apart = lifetimes(actions);
    checkFloats(lowerBound(actions, apart), limits);
    const layers = new Map<number, Layer>();
    const held: string[] = [];
    const store = this.#store;
    try {
      const packed = yield* packConvolutions(actions, { store, onPrepared }, held);
      const chains: Chains = fuse ? chainsOf(actions, packed.floats) : new Map();
      const plan = this.#memory.plan(actions, chains, apart);
      const { arenaFloats } = plan;
      checkFloats(arenaFloats, limits);
      const steps = bindSteps(actions, plan, packed, chains, layers);
      const program = this.#program(steps, pool, values);
      const items = itemsOf(actions, plan);
      const outputs = graph.outputs.map(({ name }) => name);
      const origins = actions.flatMap((action) => (action.kind === 'step' ? [action.origin] : []));
      const constants = mainThreadConstants(graph, items);
      const bytes = program.bytes + steps.length * STEP_BYTES;
      const release = releaseOf(program, store, held);
      return { outputs, constants, program, arenaFloats, items, origins, layers, rest, bytes, release };
    } catch (error) {
      store.release(held);
      throw error;
    }
  }

  /** The first program's constants are there for all that follow. */
  #program(steps: readonly Step[], pool: ConstantPool, values: Float32Array): Program {
    if (pool.shared) return new Program(steps, values, pool.shared.constants);
    if (this.#shared) return new Program(steps, values);
    const constants = new Constants(values);
    this.#shared = { constants, offsets: pool.offsets };
    return new Program(steps, undefined, constants);
  }

  /** Frees packed weights and constants; what was compiled and is in use keeps them until its release. */
  release(): void {
    if (this.#ownsStore) this.#store.clear();
    this.#shared?.constants.release();
    this.#shared = undefined;
  }
}
