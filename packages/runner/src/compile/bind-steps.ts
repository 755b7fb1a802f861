import type { Step } from '@zeroskip/kernels';
import type { Action, ConvLayer, PlacedStep } from '../lowering/actions.ts';
import { offsetFrom, type Place } from '../lowering/place.ts';
import type { Chains } from './chains.ts';
import type { MemoryPlan } from './memory-plan.ts';
import type { Packed } from './pack-convolutions.ts';

/** A convolution among the steps of a program. */
export interface Layer {
  readonly layer: ConvLayer;
  readonly step: Extract<Step, { op: 'conv' }>;
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
