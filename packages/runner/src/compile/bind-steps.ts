import type { QuantizedConvolution, Step } from '@zeroskip/kernels';
import { atNode } from '@zeroskip/onnx';
import type { Action, ConvLayer, Origin, PlacedStep } from '../lowering/actions.ts';
import { offsetFrom, type Place } from '../lowering/place.ts';
import { turn, type Work, waited } from '../values/work.ts';
import type { Chains } from './chains.ts';
import type { ConvolutionStore, PackedLayer } from './convolution-store.ts';
import type { MemoryPlan } from './memory-plan.ts';

/** A convolution among the steps of a program. */
export interface Layer {
  readonly layer: ConvLayer;
  readonly step: Extract<Step, { op: 'conv' }>;
}

export interface PackingContext {
  readonly store: ConvolutionStore;
  readonly onPrepared?: ((done: number, total: number) => void) | undefined;
}

function bind(place: Place, plan: MemoryPlan) {
  const { region, ...view } = place;
  return region ? { ...view, offset: offsetFrom(place, plan.offsets.get(region)!) } : view;
}

function bindPlaces(step: Exclude<PlacedStep, { op: 'conv' | 'quantizedConv' }>, plan: MemoryPlan): Step {
  const output = bind(step.output, plan);
  if ('inputs' in step) {
    return { ...step, inputs: step.inputs.map((place) => bind(place, plan)), output };
  }
  if (step.op === 'matmul') return { ...step, a: bind(step.a, plan), b: bind(step.b, plan), output };
  return { ...step, input: bind(step.input, plan), output };
}

/** What runs the convolutions of floats and of integers, by the index of their action. */
export interface Packed {
  readonly floats: ReadonlyMap<number, PackedLayer>;
  readonly integers: ReadonlyMap<number, QuantizedConvolution>;
}

/**
 * Packs the weights of convolutions, with a turn of the event loop after each that had to be packed.
 * @param held filled with the keys of packed convolutions, also when an error ends it, for their release
 */
export function* packConvolutions(
  actions: readonly Action[],
  { store, onPrepared }: PackingContext,
  held: string[],
): Work<Packed> {
  const total = actions.filter((action) => action.kind === 'step' && action.step.op === 'conv').length;
  const floats = new Map<number, PackedLayer>();
  const integers = new Map<number, QuantizedConvolution>();
  for (const [index, action] of actions.entries()) {
    if (action.kind !== 'step') continue;
    const { origin, step } = action;
    const { packings } = store;
    if (step.op === 'quantizedConv') {
      const { key, convolution } = acquire(origin, () => store.acquireQuantized(step.layer));
      held.push(key);
      integers.set(index, convolution);
    } else if (step.op === 'conv') {
      const { keys, ...packed } = acquire(origin, () => store.acquire(step.layer));
      held.push(...keys);
      floats.set(index, packed);
      onPrepared?.(floats.size, total);
    }
    if (store.packings > packings) yield* waited(turn);
  }
  return { floats, integers };
}

/**
 * Gives steps their offsets in the arena, and convolutions their packed weights.
 * @param layers filled with the convolutions of floats by step
 */
export function bindSteps(
  actions: readonly Action[],
  plan: MemoryPlan,
  { floats, integers }: Packed,
  chains: Chains,
  layers: Map<number, Layer>,
): Step[] {
  const steps: Step[] = [];
  for (const [index, action] of actions.entries()) {
    if (action.kind !== 'step') continue;
    const { step } = action;
    if (step.op === 'quantizedConv') {
      const { layer, ...rest } = step;
      const inputs = step.inputs.map((place) => bind(place, plan));
      steps.push({ ...rest, convolution: integers.get(index)!, inputs, output: bind(step.output, plan) });
      continue;
    }
    if (step.op !== 'conv') {
      steps.push(bindPlaces(step, plan));
      continue;
    }
    const { addend, addFirst = false } = step;
    const chain = chains.get(index);
    const conv = {
      op: 'conv',
      ...floats.get(index)!,
      input: bind(step.input, plan),
      output: bind(step.output, plan),
      ...(addend && { addend: bind(addend, plan), addFirst }),
      ...(chain !== undefined && { chain }),
    } as const;
    layers.set(steps.length, { layer: step.layer, step: conv });
    steps.push(conv);
  }
  return steps;
}

function acquire<T>(origin: Origin, packed: () => T): T {
  try {
    return packed();
  } catch (error) {
    throw atNode(origin, error);
  }
}
