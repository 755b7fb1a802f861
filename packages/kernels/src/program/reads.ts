import { assertView, viewEnd, viewStrides } from '../checks.ts';
import type { View } from './native-step.ts';

/** In the order in which native code counts them. */
const elements: readonly View['element'][] = [undefined, 'uint8', 'int8'];

/** The numbers of a view, in the order of `createProgram`. */
export function viewNumbers(view: View): number[] {
  const { constant, offset, n, h, w, c, pixelStride, element, scale = 1, zero = 0 } = view;
  const { rowStride, imageStride } = viewStrides(view);
  const places = [constant ? 1 : 0, offset, n, h, w, c, pixelStride, rowStride, imageStride];
  return [...places, elements.indexOf(element), scale, zero];
}

/** Maps of floats in an arena, to be copied behind steps: checked once, for any number of runs. */
export class Reads {
  /** Elements of each map. */
  readonly sizes: readonly number[];
  /** Floats that the arena must have. */
  readonly arenaFloats: number;
  /** @internal */
  readonly numbers: Float64Array;

  constructor(views: readonly View[]) {
    for (const view of views) assertView('the view', view);
    this.sizes = views.map(({ n, h, w, c }) => n * h * w * c);
    this.arenaFloats = Math.max(0, ...views.map(viewEnd));
    this.numbers = Float64Array.from(views.flatMap(viewNumbers));
  }
}
