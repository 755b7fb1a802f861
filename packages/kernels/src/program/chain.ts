import { assertInteger, dilatedExtent, rangeError } from '@zeroskip/tensor';
import { algorithm } from '../algorithms.ts';
import type { Convolution } from '../convolution.ts';
import { viewNumbers } from './reads.ts';
import type { Step } from './step.ts';

/** Most convolutions of a chain. */
export const MAX_CHAIN = 16;

/** Why a convolution cannot be part of a chain, in words for a person; undefined where it can. */
export function chainRefusal({ algorithm: id, spec }: Convolution): string | undefined {
  const { kernel, dilations, pads, strides } = spec;
  const extent = dilatedExtent(kernel[0], dilations[0]);
  if (!algorithm(id).byRows) return `algorithm ${id} does not compute rows of the output alone`;
  if (pads[0] >= extent || pads[2] >= extent) return 'rows of its output are over the border alone';
  return strides[0] > extent ? 'it leaves out rows of its input' : undefined;
}

/** Throws unless the steps from `first` on are a chain, where the first one says so. */
export function checkChain(what: string, steps: readonly Step[], first: number): void {
  const head = steps[first]!;
  if (head.op !== 'conv' || head.chain === undefined) return;
  assertInteger(`${what} chain`, head.chain, 2, MAX_CHAIN);
  const links = steps.slice(first, first + head.chain);
  assertInteger(`${what} chain`, head.chain, 2, links.length);
  for (const [i, link] of links.entries()) {
    if (link.op !== 'conv') throw rangeError(`${what} chain`, 'convolutions', link.op);
    if (link.dense) throw rangeError(`${what} chain`, 'convolutions without another beside them', 'one with');
    const reason = chainRefusal(link.convolution);
    if (reason !== undefined) throw rangeError(`${what} chain`, 'convolutions that compute by rows', reason);
    const before = links[i - 1];
    if (before && viewNumbers([before.output]).join() !== viewNumbers([link.input]).join()) {
      throw rangeError(`${what} chain`, 'inputs that are the outputs before', link.input);
    }
  }
}
