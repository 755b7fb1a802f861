import type { Activation } from '@zeroskip/kernels';
import { Tensor } from '@zeroskip/tensor';

/** Without overflow for large negative arguments. */
function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/** The function of one activation, in double precision. */
export function activationFunction({ name, alpha = 0, beta = 0 }: Activation): (x: number) => number {
  switch (name) {
    case 'none':
      return (x) => x;
    case 'relu':
      return (x) => (x > 0 || Number.isNaN(x) ? x : 0);
    case 'clip':
      return (x) => {
        const raised = x < alpha ? alpha : x;
        return raised > beta ? beta : raised;
      };
    case 'leakyRelu':
      return (x) => (x < 0 ? alpha * x : x);
    case 'sigmoid':
      return sigmoid;
    case 'hardSigmoid':
      return (x) => Math.max(0, Math.min(1, alpha * x + beta));
    case 'hardSwish':
      return (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5));
    case 'tanh':
      return Math.tanh;
  }
}

/** A float tensor with `activation` applied to every element. */
export function activated(tensor: Tensor, activation: Activation): Tensor {
  const f = activationFunction(activation);
  const from = tensor.data as Float32Array;
  const to = new (from.constructor as Float32ArrayConstructor)(from.length);
  for (let i = 0; i < from.length; i++) to[i] = f(from[i]!);
  return new Tensor(tensor.type, to as never, tensor.dims);
}
