import { sizeOf } from '@zeroskip/tensor';
import { sameDims } from '../model/dims.ts';
import type { NodeView } from '../model/node-view.ts';
import { gatherBlocks } from './gather-blocks.ts';
import type { Lowering } from './lowering.ts';
import { densePlace, isDense, mapShape, type Place } from './place.ts';
import { lowerReshape } from './reshape.ts';
import { gatherOfPermutation } from './tables.ts';

export function lowerTranspose(
  lowering: Lowering,
  node: NodeView,
  perm: readonly number[],
  outDims: readonly number[],
): boolean {
  const input = node.input(0);
  if (input.type !== 'float32') return false;
  const name = node.node.outputs[0]!;
  const long = perm.filter((axis) => input.dims[axis] !== 1);
  if (long.every((axis, i) => i === 0 || axis > long[i - 1]!)) return lowerReshape(lowering, node, outDims);
  if (perm.length > 2 && perm.length < 5) {
    const rank = perm.length;
    const toLast = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
    const toFirst = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
    // For three axes both are the same permutation: what is at hand decides.
    const isRows =
      lowering.values.prefersRows(input.name) ||
      (lowering.values.isHostOnly(input.name) && sameDims(perm, toFirst));
    const map = isRows ? undefined : lowering.map(input);
    if (map && isDense(map) && sameDims(perm, toLast)) {
      lowering.values.aliasRows(
        name,
        densePlace(map.region, { n: 1, h: 1, w: 1, c: sizeOf(outDims) }, map.offset),
      );
      return true;
    }
    if (sameDims(perm, toFirst)) {
      const rows = lowering.values.rows(input.name);
      lowering.values.aliasMap(name, densePlace(rows.region, mapShape(outDims, 'channelsLast'), rows.offset));
      return true;
    }
  }
  const gather = gatherOfPermutation(input.dims, perm);
  if (!gather) return false;
  gatherBlocks(lowering, gather, lowering.values.rows(input.name), lowering.values.defineRows(name));
  return true;
}

/** The first input's channels-last elements, split into `split` axes, with these permuted. */
export function lowerMapPermutation(
  lowering: Lowering,
  node: NodeView,
  split: readonly number[],
  perm: readonly number[],
): boolean {
  const gather = gatherOfPermutation(split, perm);
  if (!gather) return false;
  const input = dense(lowering, lowering.map(node.input(0)));
  gatherBlocks(lowering, gather, input, denseOutput(lowering, node));
  return true;
}

/** `place` itself, or a copy without gaps. */
function dense(lowering: Lowering, place: Place): Place {
  if (isDense(place)) return place;
  const copy = lowering.temporary(place);
  lowering.emit({ op: 'copy', input: place, output: copy });
  return copy;
}

/** A home for the first output without gaps, whatever a concatenation would like. */
function denseOutput(lowering: Lowering, node: NodeView): Place {
  const name = node.node.outputs[0]!;
  const place = lowering.values.newPlace(mapShape(lowering.values.type(name).dims, 'channelsLast'));
  lowering.values.aliasMap(name, place);
  return place;
}
