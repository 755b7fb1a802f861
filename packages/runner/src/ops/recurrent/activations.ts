import { definitionOf } from '@zeroskip/kernels';
import type { NodeView } from '@zeroskip/onnx';

export type Activation = (x: number) => number;

interface Row {
  /** Of its parameters alpha and beta, as many as it has. */
  readonly defaults: readonly number[];
  readonly f: (x: number, alpha: number, beta: number) => number;
}

/** Functions that a recurrent operator may name, by their names in lower case. */
const functions: Readonly<Record<string, Row>> = {
  relu: { defaults: [], f: (x) => Math.max(0, x) },
  tanh: { defaults: [], f: Math.tanh },
  sigmoid: { defaults: [], f: definitionOf({ name: 'sigmoid' }) },
  softsign: { defaults: [], f: (x) => x / (1 + Math.abs(x)) },
  softplus: { defaults: [], f: definitionOf({ name: 'softplus' }) },
  affine: { defaults: [1, 0], f: (x, alpha, beta) => alpha * x + beta },
  leakyrelu: { defaults: [0.01], f: (x, alpha) => (x < 0 ? alpha * x : x) },
  thresholdedrelu: { defaults: [1], f: (x, alpha) => (x > alpha ? x : 0) },
  scaledtanh: { defaults: [1, 1], f: (x, alpha, beta) => alpha * Math.tanh(beta * x) },
  hardsigmoid: { defaults: [0.2, 0.5], f: (x, alpha, beta) => Math.max(0, Math.min(1, alpha * x + beta)) },
  elu: { defaults: [1], f: (x, alpha) => (x < 0 ? alpha * Math.expm1(x) : x) },
};

/**
 * The functions of every direction: attribute `activations`, whose parameters stand in `activation_alpha` and
 * `activation_beta` in the order of the functions that have them, each applied to a clipped argument.
 */
export function activationsOf(
  node: NodeView,
  directions: number,
  defaults: readonly string[],
): Activation[][] {
  const named = node.strings('activations') ?? Array.from({ length: directions }, () => defaults).flat();
  const rows = named.map((name) => functions[name.toLowerCase()]);
  if (rows.includes(undefined) || rows.length !== directions * defaults.length) {
    const known = Object.keys(functions).join(', ');
    throw node.error('attribute activations', `${directions * defaults.length} of ${known}`, named);
  }
  const parameters = [node.floats('activation_alpha') ?? [], node.floats('activation_beta') ?? []];
  const clip = node.float('clip', Number.POSITIVE_INFINITY);
  if (!(clip > 0)) throw node.error('attribute clip', 'a positive number', clip);
  const used = [0, 0];
  const all = rows.map((row): Activation => {
    const { f, defaults: own } = row!;
    const [alpha = 0, beta = 0] = own.map((absent, i) => parameters[i]![used[i]!++] ?? absent);
    return (x) => f(Math.min(clip, Math.max(-clip, x)), alpha, beta);
  });
  const each = defaults.length;
  return Array.from({ length: directions }, (_, i) => all.slice(i * each, (i + 1) * each));
}
