import type { Constant } from '@zeroskip/onnx';
import type { Tensor } from '@zeroskip/tensor';

const tensors = new WeakMap<Constant, Tensor>();

/** A constant's values for what reads them in every run: computed once, where they are stored in another type. */
export function kept(constant: Constant): Tensor {
  let tensor = tensors.get(constant);
  if (!tensor) {
    tensor = constant.load();
    tensors.set(constant, tensor);
  }
  return tensor;
}
