import type { NodeView } from '../model/node-view.ts';
import type { Window } from '../ops/window.ts';
import type { Lowering } from './lowering.ts';
import type { Place } from './place.ts';

/** Reduces every channel of every image of `input` to one element of `output`. */
export function emitGlobalPool(
  lowering: Lowering,
  kind: 'max' | 'average',
  input: Place,
  output: Place,
): void {
  const window: Window = {
    spatialRank: 2,
    input: [input.h, input.w],
    kernel: [input.h, input.w],
    strides: [1, 1],
    dilations: [1, 1],
    pads: [0, 0, 0, 0],
  };
  lowering.emitPool(kind, window, false, input, output);
}

export function lowerPool(
  lowering: Lowering,
  node: NodeView,
  kind: 'max' | 'average',
  window: Window,
  countIncludePad: boolean,
): boolean {
  lowering.emitPool(kind, window, countIncludePad, lowering.map(node.input(0)), lowering.output(node, 0));
  return true;
}

/** Reduces all spatial axes, under the output's dims, whether these keep the axes or not. */
export function lowerGlobalPool(lowering: Lowering, node: NodeView, kind: 'max' | 'average'): boolean {
  const input = lowering.map(node.input(0));
  const output = lowering.output(node, 0);
  emitGlobalPool(lowering, kind, input, { ...output, n: input.n, h: 1, w: 1, c: input.c });
  return true;
}
