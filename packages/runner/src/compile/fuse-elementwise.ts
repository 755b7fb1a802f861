import { type ElementwiseInstruction, elementwiseLimits } from '@zeroskip/kernels';
import type { Action, ElementwiseStep } from '../lowering/actions.ts';
import { type Place, sameMap } from '../lowering/place.ts';
import { same, usesOf } from './uses.ts';

/** `step` with the code of `producers`, whose results it reads, before its own. */
function merged(step: ElementwiseStep, producers: readonly ElementwiseStep[]): ElementwiseStep {
  const inputs: Place[] = [];
  for (const source of step.inputs) {
    for (const place of producers.find(({ output }) => same(output, source))?.inputs ?? [source])
      if (!inputs.some((known) => same(known, place))) inputs.push(place);
  }
  const code: ElementwiseInstruction[] = [];
  const numberOf = (place: Place) => inputs.findIndex((input) => same(input, place));
  /** Appends instructions; the number of the last one's result. */
  const append = (part: ElementwiseStep, numberOfInput: (place: Place) => number): number => {
    const numbers = part.inputs.map(numberOfInput);
    for (const { a, b, ...row } of part.code) {
      code.push({ ...row, a: numbers[a]!, ...(b !== undefined && { b: numbers[b]! }) });
      numbers.push(inputs.length + code.length - 1);
    }
    return numbers[part.code.length === 0 ? 0 : numbers.length - 1]!;
  };
  const results = producers.map((producer) => append(producer, numberOf));
  const producerOf = (place: Place) => producers.findIndex(({ output }) => same(output, place));
  append(step, (place) => results[producerOf(place)] ?? numberOf(place));
  return { ...step, inputs, code };
}

function fits({ inputs, code }: ElementwiseStep): boolean {
  return inputs.length <= elementwiseLimits.inputs && code.length <= elementwiseLimits.instructions;
}

/**
 * Makes one step of element-wise steps of which each alone reads the other's whole result: their memory is passed over
 * once.
 */
export function fuseElementwise(actions: readonly Action[]): Action[] {
  const uses = usesOf(actions);
  const fused: (Action | undefined)[] = [...actions];

  /** The step that computes `place` for the action at `reader` alone, from what lasts until then. */
  function producerOf(place: Place, reader: number): { index: number; step: ElementwiseStep } | undefined {
    const { writers, readers } = (place.region && uses.get(place.region)) ?? { writers: [], readers: [] };
    const [index] = writers;
    const action = fused[index ?? -1];
    if (index === undefined || writers.length > 1 || readers.length > 1 || readers[0] !== reader)
      return undefined;
    if (action?.kind !== 'step' || action.step.op !== 'elementwise') return undefined;
    const { step } = action;
    // Integers are rounded on the way.
    if (place.element) return undefined;
    const lasts = step.inputs.every(
      ({ region }) => !region || uses.get(region)!.writers.every((writer) => writer < index),
    );
    return same(step.output, place) && lasts ? { index, step } : undefined;
  }

  for (const [index, action] of actions.entries()) {
    if (action.kind !== 'step' || action.step.op !== 'elementwise') continue;
    let { step } = action;
    const producers: ElementwiseStep[] = [];
    for (const place of action.step.inputs) {
      const producer = sameMap(place, step.output) ? producerOf(place, index) : undefined;
      const larger = producer && merged(action.step, [...producers, producer.step]);
      if (!larger || !fits(larger)) continue;
      producers.push(producer.step);
      step = larger;
      fused[producer.index] = undefined;
    }
    fused[index] = { ...action, step };
  }
  return fused.filter((action) => action !== undefined);
}
