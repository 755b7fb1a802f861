import { describe, rangeError, type Tensor, typeError } from '@zeroskip/tensor';
import { isTensor, isTfTensor } from '../tensors/given.ts';
import { type Deliver, tfDelivery } from '../tensors/tensor-maker.ts';
import type { AnyTensor, TensorMaker } from '../tensors/types.ts';
import type { Network } from './network.ts';

/** Values by the names of the session's inputs. */
export type Named = readonly (readonly [string, unknown])[];

/**
 * Inputs of any of the forms that TensorFlow.js takes, by name.
 * @param names of the model's inputs, in order
 * @throws errors with code `ERR_INVALID_TYPE` or `ERR_INVALID_ARGUMENT` for what is no input, for too many and too few
 */
export function namedInputs(inputs: unknown, names: readonly string[], network: Network): Named {
  network.assertInUse();
  if (isTensor(inputs) || Array.isArray(inputs)) {
    const list = Array.isArray(inputs) ? inputs : [inputs];
    if (list.length !== names.length) {
      const expected = `${names.length} tensors (${names.join(', ')})`;
      throw rangeError('the inputs of the model', expected, list.length);
    }
    return names.map((name, i) => [network.inputName(name), list[i]]);
  }
  if (typeof inputs !== 'object' || inputs === null) {
    throw typeError('the inputs of the model', 'a tensor, an array of tensors or tensors by name', inputs);
  }
  const named = Object.entries(inputs).map(([name, value]) => [network.inputName(name), value] as const);
  const twice = named.find(([name], i) => named.findIndex(([other]) => other === name) !== i);
  if (twice) throw typeError('the inputs of the model', 'each once', twice[0], 'ERR_INVALID_ARGUMENT');
  return named;
}

/** Outputs as names. @throws errors for what is no name, and for an empty list */
export function namedOutputs(outputs: unknown, declared: readonly string[]): readonly string[] {
  if (outputs === undefined || outputs === null || outputs === '') return declared;
  const list = Array.isArray(outputs) ? outputs : [outputs];
  const wrong = list.find((name) => typeof name !== 'string');
  if (wrong !== undefined) throw typeError('outputs', 'a name or names', wrong);
  if (list.length === 0) throw rangeError('outputs', 'at least one name', list);
  return list;
}

/** What the outputs become: tensors of TensorFlow.js where the inputs are such, or where there are none. */
export function delivery(named: Named, maker: TensorMaker | undefined): Deliver {
  const keep: Deliver = (tensor) => tensor;
  if (named.length > 0 && !named.some(([, value]) => isTfTensor(value))) return keep;
  return tfDelivery(maker) ?? keep;
}

/** The one tensor of a list of one, else the list. */
export function oneOrAll(tensors: AnyTensor[]): AnyTensor | AnyTensor[] {
  return tensors.length === 1 ? tensors[0]! : tensors;
}

/** @throws unless a Layers model's values have as many rows each */
export function rowsOf(feeds: readonly Tensor[]): number | undefined {
  const counts = new Set(feeds.map(({ dims }) => dims[0]));
  if (counts.size <= 1) return [...counts][0];
  const received = [...counts].join(' and ');
  throw rangeError(
    'the first dims of the inputs',
    'equal sizes of the batch',
    describe(received),
    'ERR_INVALID_SHAPE',
  );
}
