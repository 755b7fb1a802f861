import {
  assertInteger,
  type ConvSpec,
  isTypedArray,
  outputSize,
  type Pair,
  rangeError,
  ZeroskipError,
} from '@zeroskip/tensor';
import type { ActivationName, BinaryFunction, ResizeAxis, UnaryFunction, View } from './addon.ts';
import type { Convolution } from './convolution.ts';
import { refusal } from './convolution.ts';
import type { Step } from './program.ts';

/** What native code counts in 32 bits. */
const MAX_COUNT = 2 ** 31 - 1;
/** Sums of extents, strides and pads stay within 32 bits. */
const MAX_EXTENT = 2 ** 20;

const activations: readonly ActivationName[] = [
  'none',
  'relu',
  'clip',
  'leakyRelu',
  'sigmoid',
  'hardSigmoid',
  'hardSwish',
  'tanh',
];
const unaryFunctions: readonly UnaryFunction[] = [
  ...(activations.slice(1) as Exclude<ActivationName, 'none'>[]),
  ...(['abs', 'neg', 'exp', 'log', 'sqrt', 'reciprocal', 'floor', 'ceil'] as const),
];
const binaryFunctions: readonly BinaryFunction[] = ['add', 'sub', 'mul', 'div', 'max', 'min', 'pow'];

function assertOneOf(what: string, names: readonly string[], value: unknown): void {
  if (!names.includes(value as string)) throw rangeError(what, `one of ${names.join(', ')}`, value);
}

function assertNumbers(what: string, values: object): void {
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== 'number') throw rangeError(`${what} ${key}`, 'a number', value, 'ERR_INVALID_TYPE');
  }
}

/** Throws unless `activation` and its numbers are what native code knows. */
export function assertActivation(what: string, activation: unknown, alpha: unknown, beta: unknown): void {
  assertOneOf(`${what} activation`, activations, activation);
  assertNumbers(what, { alpha, beta });
}

/** One past the last float of a view. */
export function viewEnd(view: View): number {
  const pixels = view.n * view.h * view.w;
  return pixels === 0 || view.c === 0 ? view.offset : view.offset + (pixels - 1) * view.pixelStride + view.c;
}

/** Throws unless the numbers of a view are such that native code can address all of it. */
export function assertView(what: string, view: View): void {
  if (typeof view !== 'object' || view === null) throw rangeError(what, 'a view', view, 'ERR_INVALID_TYPE');
  assertInteger(`${what}.offset`, view.offset, 0);
  for (const key of ['n', 'h', 'w', 'c'] as const) assertInteger(`${what}.${key}`, view[key], 0, MAX_COUNT);
  assertInteger(`${what}.pixelStride`, view.pixelStride, view.c);
  assertInteger(`pixels of ${what}`, view.n * view.h * view.w, 0, MAX_COUNT);
  assertInteger(`the end of ${what}`, viewEnd(view), 0);
}

function assertDims(what: string, view: View, expected: Partial<View>): void {
  for (const key of ['n', 'h', 'w', 'c'] as const) {
    if (expected[key] === undefined || view[key] === expected[key]) continue;
    throw rangeError(`${what}.${key}`, `${expected[key]}`, view[key], 'ERR_INVALID_SHAPE');
  }
}

const dimsOf = ({ n, h, w, c }: View) => ({ n, h, w, c });

/** Throws unless `convolution` turns a map of `input`'s dims into one of `output`'s. */
export function assertFits(what: string, convolution: Convolution, input: View, output: View): void {
  const { spec, algorithm } = convolution;
  assertDims(`${what} input`, input, { c: spec.inChannels });
  const [h, w] = outputSize(spec, [input.h, input.w]);
  assertDims(`${what} output`, output, { n: input.n, h, w, c: spec.outChannels });
  const reason = refusal(algorithm, spec, [input.h, input.w]);
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

/** Throws unless native code reads and writes nothing outside the views of `step`. */
export function checkStep(what: string, step: Step): void {
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
    case 'unary':
      assertOneOf(`${what} function`, unaryFunctions, step.function);
      assertNumbers(what, { alpha: step.alpha, beta: step.beta });
      assertDims(`${what} output`, step.output, dimsOf(step.input));
      return;
    case 'binary': {
      assertOneOf(`${what} function`, binaryFunctions, step.function);
      assertActivation(what, step.activation, step.alpha, step.beta);
      assertDims(`${what} a`, step.a, dimsOf(step.output));
      for (const key of ['n', 'h', 'w', 'c'] as const) {
        if (step.b[key] !== 1) assertDims(`${what} b`, step.b, { [key]: step.output[key] });
      }
      return;
    }
    case 'resize':
      assertDims(`${what} output`, step.output, { n: step.input.n, c: step.input.c });
      assertAxis(`${what} rows`, step.rows, step.input.h, step.output.h);
      assertAxis(`${what} columns`, step.columns, step.input.w, step.output.w);
      return;
    case 'copy':
    case 'toChannelsLast':
    case 'toChannelsFirst':
    case 'softmax':
      assertDims(`${what} output`, step.output, dimsOf(step.input));
      return;
    default:
      throw rangeError(`${what} op`, 'a native step', (step as { op: unknown }).op);
  }
}

/** Checks the sizes of a convolution's maps, which native code counts in 32 bits. */
export function assertPixels(spec: ConvSpec, batch: number, input: Pair): void {
  const output = outputSize(spec, input);
  assertInteger('batch', batch, 0, MAX_COUNT);
  assertInteger('pixels of the input', batch * input[0] * input[1], 0, MAX_COUNT);
  assertInteger('pixels of the output', batch * output[0] * output[1], 0, MAX_COUNT);
}
