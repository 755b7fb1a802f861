import { assertInteger, isTypedArray, outputSize, rangeError, ZeroskipError } from '@zeroskip/tensor';
import type { ResizeAxis, View } from './addon.ts';
import { assertActivation, assertDims, assertNumbers, assertOneOf, dimsOf, MAX_COUNT } from './checks.ts';
import { type Convolution, refusal } from './convolution.ts';
import { binaryFunctions, unaryFunctions } from './elementwise.ts';
import type { Step } from './step.ts';

/** Sums of extents, strides and pads stay within 32 bits. */
const MAX_EXTENT = 2 ** 20;

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
      assertOneOf(`${what} function`, Object.keys(unaryFunctions), step.function);
      assertNumbers(what, { alpha: step.alpha, beta: step.beta });
      assertDims(`${what} output`, step.output, dimsOf(step.input));
      return;
    case 'binary': {
      assertOneOf(`${what} function`, Object.keys(binaryFunctions), step.function);
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
