import { Tensor } from '@zeroskip/tensor';
import {
  type ConvolutionOperands,
  type ConvolutionReference,
  compareConvolution,
  convolutionReference,
  type EdgeCase,
  seededBias,
  seededMap,
  seededWeights,
} from '@zeroskip/test-utils';
import { Convolution, convolve, refusal } from '../../src/index.ts';
import { boundedReference } from './bounded-reference.ts';
import type { Configuration } from './configurations.ts';

/** What an algorithm does with one convolution on the selected target. */
export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

export const passed: Verdict = { kind: 'passed' };
export const failed = (reason: string): Verdict => ({ kind: 'failed', reason });

const references = new Map<string, ConvolutionReference>();

function referenceOf({ name }: EdgeCase, operands: ConvolutionOperands): ConvolutionReference {
  const reference = references.get(name) ?? convolutionReference(operands);
  references.set(name, reference);
  return reference;
}

/** Within the error bound of the double-precision reference, with the same bits for 1 and 2 threads. */
export async function conformance(edgeCase: EdgeCase, configuration: Configuration): Promise<Verdict> {
  const { algorithm, parameters } = configuration;
  const { spec, batch, input } = edgeCase;
  const weights = seededWeights(edgeCase);
  const reason = refusal(algorithm, spec, input, weights);
  if (reason !== undefined) return { kind: 'refused', reason };
  const map = seededMap(edgeCase);
  const bias = seededBias(edgeCase);
  const convolution = new Convolution(spec, weights, bias, { algorithm, parameters });
  const tensor = new Tensor('float32', map, [batch, spec.inChannels, ...input]);
  const one = await convolve(tensor, convolution, { threads: 1 });
  const two = await convolve(tensor, convolution, { threads: 2 });
  convolution.release();

  const operands = { spec, batch, input, map, weights, bias };
  const reference = boundedReference(configuration, operands, referenceOf(edgeCase, operands));
  if (one.dims.join() !== reference.dims.join()) {
    return failed(`Expected dims [${reference.dims}], received [${one.dims}].`);
  }
  const violation = compareConvolution(operands, one.data, reference);
  if (violation !== undefined) return failed(violation);
  const same = Buffer.from(two.data.buffer).equals(Buffer.from(one.data.buffer));
  return same ? passed : failed('Expected the same bits for 1 and 2 threads, received others.');
}
