import { type Activation, definitionOf } from '@zeroskip/kernels';
import { Tensor } from '@zeroskip/tensor';

/** A float tensor with `activation` applied to every element. */
export function activated(tensor: Tensor, activation: Activation): Tensor {
  const f = definitionOf(activation);
  const from = tensor.data as Float32Array;
  const to = new (from.constructor as Float32ArrayConstructor)(from.length);
  for (let i = 0; i < from.length; i++) to[i] = f(from[i]!);
  return new Tensor(tensor.type, to as never, tensor.dims);
}
