import type { Convolution } from '../convolution.ts';
import type { QuantizedConvolution } from '../quantized.ts';
import type { Addition, Chained, Guarded, NativeStep, QuantizedOperands, View } from './native-step.ts';

/** A dense channels-last view of a map at `offset` of an arena. */
export function denseView(offset: number, n: number, h: number, w: number, c: number): View {
  return { offset, n, h, w, c, pixelStride: c };
}

/** A convolution, of an input, to an output. */
export type ConvStep = { op: 'conv'; input: View; output: View } & Guarded<Convolution> & Addition & Chained;

/** A convolution of 8-bit integers. */
export type QuantizedConvStep = {
  op: 'quantizedConv';
  convolution: QuantizedConvolution;
} & QuantizedOperands;

/** One native operation on channels-last views of an arena. */
export type Step = ConvStep | QuantizedConvStep | Exclude<NativeStep, { op: 'conv' | 'quantizedConv' }>;

export function nativeStep(step: Step): NativeStep {
  if (step.op === 'elementwise') {
    return { ...step, code: step.code.map(({ alpha = 0, beta = 0, ...row }) => ({ ...row, alpha, beta })) };
  }
  if (step.op === 'quantizedConv') {
    const { convolution, ...operands } = step;
    return { ...operands, quantized: convolution.native };
  }
  if (step.op !== 'conv') return step;
  const { op, convolution, dense, denseAbove = 1, input, output, addend, addFirst, chain } = step;
  const native: NativeStep = { op, convolution: convolution.native, input, output };
  if (addend) Object.assign(native, { addend, addFirst });
  if (dense) Object.assign(native, { dense: dense.native, denseAbove });
  if (chain !== undefined) Object.assign(native, { chain });
  return native;
}

/** The views that a step reads, or changes, then the one that it writes. */
export function viewsOf(step: Step): View[] {
  if ('inputs' in step) return [...step.inputs, step.output];
  if (step.op === 'matmul') return [step.a, step.b, step.output];
  if (step.op === 'conv' && step.addend) return [step.input, step.addend, step.output];
  return [step.input, step.output];
}
