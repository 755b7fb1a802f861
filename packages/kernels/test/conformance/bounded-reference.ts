import { type ConvolutionOperands, type ConvolutionReference, winogradReference } from '@zeroskip/test-utils';
import { algorithm } from '../../src/index.ts';
import type { Configuration } from './configurations.ts';

type Bounded = (operands: ConvolutionOperands, reference: ConvolutionReference) => ConvolutionReference;

/** Bounds of algorithms that sum other products than those of inputs and weights. */
const BOUNDS: Readonly<Record<string, (parameters: Configuration['parameters']) => Bounded>> = {
  winograd:
    ({ tile = 4 }) =>
    (operands, reference) =>
      winogradReference(operands, tile, reference),
};

/** The reference with the error bound of the algorithm. */
export function boundedReference(
  { algorithm: id, parameters }: Configuration,
  operands: ConvolutionOperands,
  reference: ConvolutionReference,
): ConvolutionReference {
  return algorithm(id).strict ? reference : BOUNDS[id]!(parameters)(operands, reference);
}
