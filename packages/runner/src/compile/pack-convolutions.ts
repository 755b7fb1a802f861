import type { QuantizedConvolution } from '@zeroskip/kernels';
import { atNode } from '@zeroskip/onnx';
import type { Action, Origin } from '../lowering/actions.ts';
import { turn, type Work, waited } from '../values/work.ts';
import type { ConvolutionStore, PackedLayer } from './convolution-store.ts';

interface PackingContext {
  readonly store: ConvolutionStore;
  readonly onPrepared?: ((done: number, total: number) => void) | undefined;
}

function acquire<T>(origin: Origin, packed: () => T): T {
  try {
    return packed();
  } catch (error) {
    throw atNode(origin, error);
  }
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
