import { assertInteger, outputSize, rangeError } from '@zeroskip/tensor';
import { assertDims, dimsOf } from '../checks.ts';
import type { View } from './native-step.ts';
import { type QuantizedConvStep, type Step, viewsOf } from './step.ts';

function assertElement(what: string, view: View, expected: View['element']): void {
  if (view.element === expected) return;
  throw rangeError(`${what}.element`, expected ?? 'none, for floats', view.element, 'ERR_INVALID_TYPE');
}

/** Throws unless each view of `step` has elements that its native code takes. */
export function assertElements(what: string, step: Step): void {
  switch (step.op) {
    case 'elementwise':
    case 'quantizedConv':
      return;
    case 'toChannelsLast':
    case 'toChannelsFirst':
      break;
    case 'pool':
      if (step.input.element && step.kind !== 'max')
        throw rangeError(`${what} kind`, 'max, of 8-bit integers', step.kind);
      break;
    case 'resize':
      if (
        step.input.element &&
        ![step.rows, step.columns].every(({ weight }) => weight.every((w) => w === 0))
      )
        throw rangeError(`${what} weight`, '0, of 8-bit integers', 'others');
      break;
    default:
      for (const view of viewsOf(step)) assertElement(`${what} view`, view, undefined);
      return;
  }
  assertElement(`${what} output`, step.output, step.input.element);
}

/** Throws unless the views are what a convolution of integers reads and writes. */
export function assertQuantized(what: string, step: QuantizedConvStep): void {
  const { convolution, inputs, dynamic, adds, output } = step;
  const expected = 1 + (dynamic ? 2 : 0) + (adds ? 1 : 0);
  assertInteger(() => `${what} inputs`, inputs.length, expected, expected);
  const { spec, result } = convolution;
  const [input, scale, zero] = inputs as [View, View, View];
  assertDims(`${what} input`, input, { c: spec.inChannels });
  const [h, w] = outputSize(spec, [input.h, input.w]);
  assertDims(`${what} output`, output, { n: input.n, h, w, c: spec.outChannels });
  const isFloat = result === 'float32' || result === 'int32';
  // The sum of integers has a type of its own.
  const own = convolution.addsIntegers ? (output.element ?? result) : result;
  assertElement(`${what} output`, output, isFloat ? undefined : (own as View['element']));
  if (adds !== convolution.addsIntegers && result !== 'float32')
    throw rangeError(`${what} adds`, `${convolution.addsIntegers}, to ${result}`, adds);
  if (adds) {
    const addend = inputs.at(-1)!;
    assertElement(`${what} addend`, addend, isFloat ? undefined : (addend.element ?? 'uint8'));
    assertDims(`${what} addend`, addend, dimsOf(output));
  }
  if (dynamic) {
    const one = { n: 1, h: 1, w: 1, c: 1 };
    assertDims(`${what} scale`, scale, one);
    assertElement(`${what} scale`, scale, undefined);
    assertDims(`${what} zero`, zero, one);
    assertElement(`${what} zero`, zero, input.element ?? 'uint8');
  } else if (!input.element) throw rangeError(`${what} dynamic`, 'true, of floats', dynamic);
}
