import type { Step } from '@zeroskip/kernels';
import { atNode } from '@zeroskip/onnx';
import type { Action, ConvLayer, Origin, PlacedStep } from '../lowering/actions.ts';
import { offsetFrom, type Place } from '../lowering/place.ts';
import { turn, type Work, waited } from '../values/work.ts';
import type { ConvolutionStore } from './convolution-store.ts';
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

/**
 * Gives steps their offsets in the arena, and convolutions their packed weights, with a turn of the event loop
 * after each that had to be packed.
 * @param layers filled with the convolutions of floats by step
 * @param held filled with the keys of packed convolutions, also when an error ends it, for their release
 */
export function* bindSteps(
  actions: readonly Action[],
  plan: MemoryPlan,
  { store, onPrepared }: PackingContext,
  layers: Map<number, Layer>,
  held: string[],
): Work<Step[]> {
  const total = actions.filter((action) => action.kind === 'step' && action.step.op === 'conv').length;
  const steps: Step[] = [];
  for (const action of actions) {
    if (action.kind !== 'step') continue;
    const { step } = action;
    const { packings } = store;
    if (step.op === 'quantizedConv') {
      const { layer, ...rest } = step;
      const { key, convolution } = acquire(action.origin, () => store.acquireQuantized(layer));
      held.push(key);
      const inputs = step.inputs.map((place) => bind(place, plan));
      steps.push({ ...rest, convolution, inputs, output: bind(step.output, plan) });
      if (store.packings > packings) yield* waited(turn);
      continue;
    }
    if (step.op !== 'conv') {
      steps.push(bindPlaces(step, plan));
      continue;
    }
    const { keys, ...packed } = acquire(action.origin, () => store.acquire(step.layer));
    held.push(...keys);
    const { addend, addFirst = false } = step;
    const conv = {
      op: 'conv',
      ...packed,
      input: bind(step.input, plan),
      output: bind(step.output, plan),
      ...(addend && { addend: bind(addend, plan), addFirst }),
    } as const;
    layers.set(steps.length, { layer: step.layer, step: conv });
    steps.push(conv);
    onPrepared?.(layers.size, total);
    if (store.packings > packings) yield* waited(turn);
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
