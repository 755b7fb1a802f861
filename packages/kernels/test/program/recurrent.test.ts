import { afterAll, describe, expect, it } from 'vitest';
import { denseView, type RecurrentKind, type Step, selectTarget, targets } from '../../src/index.ts';
import { runStep } from './run-step.ts';

const supported = targets().filter((target) => target.supported);
afterAll(() => selectTarget(supported.at(-1)!.name));

const gatesOf = { rnn: 1, gru: 3, gruResetLast: 3, lstm: 4, lstmOfBytes: 4 } as const;
const kinds = Object.keys(gatesOf) as RecurrentKind[];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** What the state's values are as integers of 8 bits, by ONNX's DynamicQuantizeLinear. */
function ofBytes(h: number[]): number[] {
  const [low, high] = [Math.min(0, ...h), Math.max(0, ...h)];
  const scale = high === low ? 1 : Math.fround(Math.fround(high - low) / 255);
  const zero = Math.round(-low / scale);
  return h.map((value) => (Math.min(255, Math.max(0, Math.round(value / scale) + zero)) - zero) * scale);
}

/** One step of a state, in double precision, by the equations of ONNX. */
function next(
  kind: RecurrentKind,
  x: number[],
  weights: number[][],
  bias: number[],
  h: number[],
  c: number[],
  factors = h,
): { h: number[]; c: number[] } {
  const H = h.length;
  const dot = (column: number, by = factors) =>
    by.reduce((sum, value, k) => sum + value * weights[k]![column]!, 0);
  const gate = (g: number, i: number) => x[g * H + i]! + dot(g * H + i);
  const each = (f: (i: number) => number) => Array.from({ length: H }, (_, i) => f(i));
  if (kind === 'lstmOfBytes') return next('lstm', x, weights, bias, h, c, ofBytes(h));
  if (kind === 'rnn') return { h: each((i) => Math.tanh(gate(0, i))), c };
  if (kind === 'lstm') {
    const cell = each((i) => sigmoid(gate(2, i)) * c[i]! + sigmoid(gate(0, i)) * Math.tanh(gate(3, i)));
    return { h: each((i) => sigmoid(gate(1, i)) * Math.tanh(cell[i]!)), c: cell };
  }
  const reset = each((i) => sigmoid(gate(1, i)));
  const kept = each((i) => reset[i]! * h[i]!);
  const candidate = (i: number) => {
    const column = 2 * H + i;
    const of = kind === 'gru' ? dot(column, kept) : reset[i]! * (dot(column) + bias[i]!);
    return Math.tanh(x[column]! + of);
  };
  const state = (i: number) => {
    const z = sigmoid(gate(0, i));
    return (1 - z) * candidate(i) + z * h[i]!;
  };
  return { h: each(state), c };
}

/** length, batch, hidden */
const sizes = [
  [1, 1, 1],
  [3, 2, 5],
  [4, 1, 16],
  [2, 3, 37],
  [5, 1, 130],
] as const;

describe.each(supported.map(({ name }) => name))('states along a sequence on %s', (target) => {
  it.each(kinds.flatMap((kind) => sizes.map((size) => [kind, ...size] as const)))(
    '%s: %i steps of %i images with %i elements',
    async (kind, length, batch, hidden) => {
      selectTarget(target);
      const columns = gatesOf[kind] * hidden;
      const products = { ...denseView(0, 1, length, batch, columns), pixelStride: columns + 1 };
      const weights = {
        ...denseView(length * batch * (columns + 1), 1, 1, hidden, columns),
        pixelStride: columns + 2,
      };
      const bias = denseView(weights.offset + hidden * (columns + 2), 1, 1, 1, hidden);
      const state = { ...denseView(bias.offset + hidden, 1, 1, batch, hidden), pixelStride: hidden + 3 };
      const cell = denseView(state.offset + batch * (hidden + 3), 1, 1, batch, hidden);
      const output = {
        ...denseView(cell.offset + batch * hidden, 1, length, batch, hidden),
        rowStride: 2 * batch * hidden,
      };
      const values = Float32Array.from({ length: output.offset }, (_, i) => 0.3 * Math.sin(i * 1.7));
      const at = (offset: number, count: number) => [...values.subarray(offset, offset + count)];
      const rows = Array.from({ length: hidden }, (_, k) => at(weights.offset + k * (columns + 2), columns));
      for (const reverse of [false, true]) {
        const extra = kind === 'gruResetLast' ? [bias] : [];
        const inputs = [products, weights, ...extra, state, ...(kind.startsWith('lstm') ? [cell] : [])];
        const step: Step = { op: 'recurrent', kind, reverse, inputs, output };
        const result = await runStep(step, values, output);
        for (let image = 0; image < batch; image++) {
          let now = {
            h: at(state.offset + image * (hidden + 3), hidden),
            c: at(cell.offset + image * hidden, hidden),
          };
          for (let i = 0; i < length; i++) {
            const t = reverse ? length - 1 - i : i;
            const x = at((t * batch + image) * (columns + 1), columns);
            now = next(kind, x, rows, at(bias.offset, hidden), now.h, now.c);
            for (const [k, value] of now.h.entries()) {
              expect(Math.abs(result[(t * batch + image) * hidden + k]! - value)).toBeLessThan(2e-6);
            }
          }
        }
      }
    },
  );
});
