import type { RecurrentKind } from '@zeroskip/kernels';
import { OWN_DOMAIN } from '@zeroskip/onnx';
import type { Operator } from '../common/operator.ts';
import type { FloatArray } from '../common/types.ts';
import { dynamicRange, toBytes } from '../integer.ts';
import { project, recurrence } from './recurrence.ts';
import type { RecurrenceRow } from './row.ts';

const rnn = recurrence({
  opType: 'RNN',
  gates: 1,
  activations: ['Tanh'],
  hasCell: false,
  kindOf: () => 'rnn',
  step({ hidden, recurrent, bias, activations: [f] }, input, { h }) {
    const sums = new Float64Array(hidden);
    project(recurrent, 0, h, 0, hidden, sums);
    for (let i = 0; i < hidden; i++) h[i] = f!(input[i]! + sums[i]! + bias[i]! + bias[hidden + i]!);
  },
});

/** Gates: update z, reset r, new state. */
const gru = recurrence({
  opType: 'GRU',
  gates: 3,
  activations: ['Sigmoid', 'Tanh'],
  hasCell: false,
  kindOf: (node) => (node.flag('linear_before_reset', false) ? 'gruResetLast' : 'gru'),
  step({ hidden, recurrent, bias, activations: [f, g] }, input, { h }, node) {
    const sums = new Float64Array(3 * hidden);
    const resetsLast = node.flag('linear_before_reset', false);
    project(recurrent, 0, h, 0, hidden, resetsLast ? sums : sums.subarray(0, 2 * hidden));
    const gate = (i: number) => f!(input[i]! + sums[i]! + bias[i]! + bias[3 * hidden + i]!);
    const update = Float64Array.from({ length: hidden }, (_, i) => gate(i));
    const reset = Float64Array.from({ length: hidden }, (_, i) => gate(hidden + i));
    const candidates = sums.subarray(2 * hidden);
    if (!resetsLast) {
      const kept = reset.map((value, i) => value * h[i]!);
      project(recurrent, 2 * hidden, kept, 0, hidden, candidates);
    }
    for (let i = 0; i < hidden; i++) {
      const [own, after] = [bias[2 * hidden + i]!, bias[5 * hidden + i]!];
      const sum = candidates[i]! + after;
      const next = g!(input[2 * hidden + i]! + own + (resetsLast ? reset[i]! * sum : sum));
      h[i] = (1 - update[i]!) * next + update[i]! * h[i]!;
    }
  },
});

/**
 * Gates: input, output, forget, cell; peepholes: input, output, forget.
 * @param factors of the products with the state
 */
const lstmOf = (kind: RecurrentKind, factors: (h: Float64Array) => FloatArray): RecurrenceRow => ({
  opType: 'LSTM',
  gates: 4,
  activations: ['Sigmoid', 'Tanh', 'Tanh'],
  hasCell: true,
  kindOf: (node) => (node.flag('input_forget', false) ? undefined : kind),
  step({ hidden, recurrent, bias, peepholes, activations: [f, g, last] }, input, { h, cell }, node) {
    const sums = new Float64Array(4 * hidden);
    const couples = node.flag('input_forget', false);
    project(recurrent, 0, factors(h), 0, hidden, sums);
    for (let i = 0; i < sums.length; i++) sums[i]! += input[i]! + bias[i]! + bias[4 * hidden + i]!;
    for (let i = 0; i < hidden; i++) {
      const seen = (gate: number) => (peepholes?.[gate * hidden + i] ?? 0) * cell[i]!;
      const entering = f!(sums[i]! + seen(0));
      const kept = couples ? 1 - entering : f!(sums[2 * hidden + i]! + seen(2));
      cell[i] = kept * cell[i]! + entering * g!(sums[3 * hidden + i]!);
      h[i] = f!(sums[hidden + i]! + seen(1)) * last!(cell[i]!);
    }
  },
});

const lstm = recurrence(lstmOf('lstm', (h) => h));

/** Quantizes each image's state to uint8 before each step. */
const lstmOfBytes = recurrence({
  ...lstmOf('lstmOfBytes', (h) => {
    const state = Float32Array.from(h);
    const { scale, zero } = dynamicRange(state);
    return Float32Array.from(toBytes(state, scale, zero), (value) => (value - zero) * scale);
  }),
  domain: OWN_DOMAIN,
});

export const recurrentOperators: Operator[] = [rnn, gru, lstm, lstmOfBytes];
