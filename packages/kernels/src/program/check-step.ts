import { assertInteger, isTypedArray, outputSize, rangeError, ZeroskipError } from '@zeroskip/tensor';
import { assertDims, assertNumbers, assertOneOf, dimsOf, MAX_COUNT } from '../checks.ts';
import type { Convolution } from '../convolution.ts';
import { binaryFunctions, elementwiseLimits, unaryFunctions } from '../elementwise.ts';
import { assertElements, assertQuantized } from './check-quantized.ts';
import { type ResizeAxis, reductions, type View } from './native-step.ts';
import type { Step } from './step.ts';

/** Sums of extents, strides and pads stay within 32 bits. */
const MAX_EXTENT = 2 ** 20;

/** Throws unless `convolution` turns a map of `input`'s dims into one of `output`'s. */
export function assertFits(what: string, convolution: Convolution, input: View, output: View): void {
  const { spec, algorithm } = convolution;
  assertDims(`${what} input`, input, { c: spec.inChannels });
  const [h, w] = outputSize(spec, [input.h, input.w]);
  assertDims(`${what} output`, output, { n: input.n, h, w, c: spec.outChannels });
  const reason = convolution.refusal([input.h, input.w]);
  if (reason === undefined) return;
  throw new ZeroskipError(`Algorithm ${algorithm} refuses the convolution of ${what}: ${reason}`, {
    code: 'ERR_REFUSED',
    received: reason,
  });
}

function assertAxis(what: string, { low, high, weight }: ResizeAxis, from: number, to: number): void {
  for (const [key, table] of Object.entries({ low, high })) {
    if (!isTypedArray(table, 'Int32Array') || table.length !== to) {
      throw rangeError(`${what}.${key}`, `an Int32Array of ${to}`, table, 'ERR_INVALID_SHAPE');
    }
    const outside = table.find((index) => index < 0 || index >= from);
    if (outside !== undefined) throw rangeError(`${what}.${key}`, `indices below ${from}`, outside);
  }
  if (!isTypedArray(weight, 'Float32Array') || weight.length !== to) {
    throw rangeError(`${what}.weight`, `a Float32Array of ${to}`, weight, 'ERR_INVALID_SHAPE');
  }
}

function assertPool(what: string, step: Extract<Step, { op: 'pool' }>): void {
  const { input, output, padTop, padLeft, padBottom, padRight } = step;
  assertOneOf(`${what} kind`, ['max', 'average'], step.kind);
  for (const key of ['kernelH', 'kernelW', 'strideH', 'strideW', 'dilationH', 'dilationW'] as const) {
    assertInteger(`${what} ${key}`, step[key], 1, MAX_EXTENT);
  }
  for (const [key, pad] of Object.entries({ padTop, padLeft, padBottom, padRight })) {
    assertInteger(`${what} ${key}`, pad, 0, MAX_EXTENT);
  }
  for (const [key, kernel, dilation] of [
    ['H', step.kernelH, step.dilationH],
    ['W', step.kernelW, step.dilationW],
  ] as const) {
    assertInteger(`${what} extent of kernel${key}`, (kernel - 1) * dilation + 1, 1, MAX_COUNT / 4);
  }
  assertDims(`${what} output`, output, { n: input.n, c: input.c });
  assertInteger(`${what} start of the last row`, (output.h - 1) * step.strideH, -MAX_EXTENT, MAX_COUNT / 4);
  assertInteger(
    `${what} start of the last column`,
    (output.w - 1) * step.strideW,
    -MAX_EXTENT,
    MAX_COUNT / 4,
  );
}

function assertElementwise(what: string, step: Extract<Step, { op: 'elementwise' }>): void {
  const { inputs, code, output } = step;
  assertInteger(() => `${what} inputs`, inputs.length, 1, elementwiseLimits.inputs);
  assertInteger(() => `${what} instructions`, code.length, 0, elementwiseLimits.instructions);
  for (const [i, input] of inputs.entries()) {
    const { n, h, w, c } = input;
    const isWhole = n === output.n && h === output.h && w === output.w && c === output.c;
    if (isWhole) continue;
    for (const key of ['n', 'h', 'w', 'c'] as const) {
      if (input[key] !== 1) assertDims(`${what} inputs[${i}]`, input, { [key]: output[key] });
    }
  }
  for (const [i, { function: name, a, b, alpha = 0, beta = 0 }] of code.entries()) {
    const values = inputs.length + i;
    assertOneOf(`${what} function`, Object.keys(b === undefined ? unaryFunctions : binaryFunctions), name);
    assertInteger(() => `${what} a of instruction ${i}`, a, 0, values - 1);
    if (b !== undefined) assertInteger(() => `${what} b of instruction ${i}`, b, 0, values - 1);
    assertNumbers(what, { alpha, beta });
  }
}

/** Of each kind of state, its gates, and what it has beside the hidden state. */
const recurrentKinds = {
  rnn: { gates: 1, hasBias: false, hasCell: false },
  gru: { gates: 3, hasBias: false, hasCell: false },
  gruResetLast: { gates: 3, hasBias: true, hasCell: false },
  lstm: { gates: 4, hasBias: false, hasCell: true },
  lstmOfBytes: { gates: 4, hasBias: false, hasCell: true },
} as const;

function assertRecurrent(what: string, { kind, inputs, output }: Extract<Step, { op: 'recurrent' }>): void {
  assertOneOf(`${what} kind`, Object.keys(recurrentKinds), kind);
  const { gates, hasBias, hasCell } = recurrentKinds[kind];
  const expected = 3 + Number(hasBias) + Number(hasCell);
  assertInteger(() => `${what} inputs`, inputs.length, expected, expected);
  const [products, weights] = inputs as [View, View];
  const { w, c } = output;
  assertDims(`${what} output`, output, { n: 1, h: products.h });
  assertDims(`${what} inputs[0]`, products, { n: 1, w, c: gates * c });
  assertDims(`${what} inputs[1]`, weights, { n: 1, h: 1, w: c, c: gates * c });
  const states = inputs.slice(hasBias ? 3 : 2);
  if (hasBias) assertDims(`${what} inputs[2]`, inputs[2]!, { n: 1, h: 1, w: 1, c });
  for (const [i, state] of states.entries()) {
    assertDims(`${what} state ${i}`, state, { n: 1, h: 1, w, c });
    if (state.constant) throw rangeError(`${what} state ${i}`, 'a view of the arena', 'a constant');
  }
}

/** Throws unless native code reads and writes nothing outside the views of `step`. */
export function checkStep(what: string, step: Step): void {
  assertElements(what, step);
  switch (step.op) {
    case 'conv': {
      assertFits(what, step.convolution, step.input, step.output);
      if (step.dense) assertFits(`${what} dense`, step.dense, step.input, step.output);
      if (step.addend) assertDims(`${what} addend`, step.addend, dimsOf(step.output));
      if (step.denseAbove !== undefined) assertNumbers(what, { denseAbove: step.denseAbove });
      return;
    }
    case 'pool':
      assertPool(what, step);
      return;
    case 'elementwise':
      assertElementwise(what, step);
      return;
    case 'matmul': {
      const { a, b, transposed, output } = step;
      if (a.n !== 1) assertDims(`${what} a`, a, { n: output.n });
      if (b.n !== 1) assertDims(`${what} b`, b, { n: output.n });
      assertDims(`${what} a`, a, { h: 1, w: output.w });
      assertDims(`${what} output`, output, { h: 1 });
      assertInteger(() => `${what} shared axis`, a.c, 1);
      const [rows, columns] = transposed ? [output.c, a.c] : [a.c, output.c];
      assertDims(`${what} b`, b, { h: 1, w: rows, c: columns });
      return;
    }
    case 'recurrent':
      assertRecurrent(what, step);
      return;
    case 'reduce':
      assertOneOf(`${what} kind`, reductions, step.kind);
      for (const key of ['n', 'h', 'w', 'c'] as const) {
        if (step.output[key] !== 1) assertDims(`${what} output`, step.output, { [key]: step.input[key] });
      }
      return;
    case 'quantizedConv':
      assertQuantized(what, step);
      return;
    case 'range':
      assertDims(`${what} output`, step.output, { n: 1, h: 1, w: 1, c: 2 });
      return;
    case 'resize':
      assertDims(`${what} output`, step.output, { n: step.input.n, c: step.input.c });
      assertAxis(`${what} rows`, step.rows, step.input.h, step.output.h);
      assertAxis(`${what} columns`, step.columns, step.input.w, step.output.w);
      return;
    case 'toChannelsLast':
    case 'toChannelsFirst':
    case 'softmax':
      assertDims(`${what} output`, step.output, dimsOf(step.input));
      return;
    default:
      throw rangeError(`${what} op`, 'a native step', (step as { op: unknown }).op);
  }
}
