import { Program } from '@zeroskip/kernels';
import type { Origin } from '../lowering/actions.ts';
import type { Graph, ValueType } from '../model/graph.ts';
import type { Limits } from '../model/limits.ts';
import { modelError } from '../model/model-error.ts';
import { simplify } from '../passes/simplify.ts';
import { bindSteps, type Layer, type PackingContext } from './bind-steps.ts';
import { fuseElementwise } from './fuse-elementwise.ts';
import { lower } from './lower.ts';
import { planMemory } from './memory-plan.ts';
import { type Item, itemsOf } from './schedule.ts';

export interface CompileContext extends PackingContext {
  readonly limits: Limits;
  readonly fuse: boolean;
}

/** A network as its runs execute it, for inputs of given types. */
export interface Compiled {
  readonly graph: Graph;
  readonly program: Program;
  readonly arenaFloats: number;
  readonly items: readonly Item[];
  /** What each native step is done for. */
  readonly origins: readonly Origin[];
  /** The convolutions, by native step. */
  readonly layers: ReadonlyMap<number, Layer>;
}

/**
 * Compiles `graph`, packs the weights of its convolutions, a few at a time between turns of the event loop,
 * and prepares its program.
 */
export async function compile(
  graph: Graph,
  inputs: ReadonlyMap<string, ValueType>,
  context: CompileContext,
): Promise<Compiled> {
  const { limits, fuse, store } = context;
  const simple = simplify(graph, inputs, limits, fuse);
  const { actions: lowered, constants } = lower(simple);
  const actions = fuse ? fuseElementwise(lowered) : lowered;
  const plan = planMemory(actions);
  const { arenaFloats } = plan;
  if (arenaFloats * 4 > limits.maxRunBytes) {
    const expected = `at most ${limits.maxRunBytes}`;
    throw modelError('the bytes of one run', expected, arenaFloats * 4, 'ERR_LIMIT_EXCEEDED');
  }
  const layers = new Map<number, Layer>();
  try {
    const steps = await bindSteps(actions, plan, context, layers);
    const program = new Program(steps, constants);
    const origins = actions.flatMap((action) => (action.kind === 'step' ? [action.origin] : []));
    return { graph: simple, program, arenaFloats, items: itemsOf(actions, plan), origins, layers };
  } catch (error) {
    for (const { keys } of layers.values()) store.release(keys);
    throw error;
  }
}
