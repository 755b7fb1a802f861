import { chainRefusal, MAX_CHAIN } from '@zeroskip/kernels';
import type { Action, PlacedStep } from '../lowering/actions.ts';
import type { PackedLayer } from './convolution-store.ts';
import { same, usesOf } from './uses.ts';

/** How many convolutions are a chain, by the index of the action that is the first of them. */
export type Chains = ReadonlyMap<number, number>;

type ConvStep = Extract<PlacedStep, { op: 'conv' }>;

/** A map of fewer bytes stays in the caches between two convolutions as a whole. */
const LEAST_BYTES = 1 << 20;

function canLink({ convolution, dense }: PackedLayer): boolean {
  return !dense && chainRefusal(convolution) === undefined;
}

/**
 * The convolutions that run some rows at a time, one behind the other: each reads the large map that the one before it
 * writes, and nothing else does.
 * @param packed what runs the convolutions, by the index of their action
 */
export function chainsOf(actions: readonly Action[], packed: ReadonlyMap<number, PackedLayer>): Chains {
  let uses: ReturnType<typeof usesOf> | undefined;
  const convolution = (index: number): ConvStep | undefined => {
    const action = actions[index];
    return action?.kind === 'step' && action.step.op === 'conv' && canLink(packed.get(index)!)
      ? action.step
      : undefined;
  };
  const follows = ({ output }: ConvStep, next: ConvStep, index: number): boolean => {
    const { n, h, w, c, region } = output;
    if (n * h * w * c * 4 < LEAST_BYTES || !same(output, next.input)) return false;
    // Few networks have such maps.
    uses ??= usesOf(actions);
    const { writers, readers } = uses.get(region!)!;
    return writers.length === 1 && readers.length === 1 && readers[0] === index;
  };
  const chains = new Map<number, number>();
  for (let first = 0, length = 1; first < actions.length; first += length, length = 1) {
    let step = convolution(first);
    while (step && length < MAX_CHAIN) {
      const next = convolution(first + length);
      if (!next || !follows(step, next, first + length)) break;
      step = next;
      length++;
    }
    if (length > 1) chains.set(first, length);
  }
  return chains;
}
