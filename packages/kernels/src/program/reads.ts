import { assertView, viewEnd, viewStrides } from '../checks.ts';
import type { View } from './native-step.ts';

/** In the order in which native code counts them. */
const elements: readonly View['element'][] = [undefined, 'uint8', 'int8'];

const VIEW_NUMBERS = 12;

/** The numbers of views, in the order of `createProgram`. */
export function viewNumbers(views: readonly View[]): Float64Array {
  const numbers = new Float64Array(VIEW_NUMBERS * views.length);
  let at = 0;
  for (const view of views) {
    const { constant, offset, n, h, w, c, pixelStride, element, scale = 1, zero = 0 } = view;
    const { rowStride, imageStride } = viewStrides(view);
    numbers[at++] = constant ? 1 : 0;
    numbers[at++] = offset;
    numbers[at++] = n;
    numbers[at++] = h;
    numbers[at++] = w;
    numbers[at++] = c;
    numbers[at++] = pixelStride;
    numbers[at++] = rowStride;
    numbers[at++] = imageStride;
    numbers[at++] = elements.indexOf(element);
    numbers[at++] = scale;
    numbers[at++] = zero;
  }
  return numbers;
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
    this.numbers = viewNumbers(views);
  }
}
