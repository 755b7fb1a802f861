import { float16ToFloat32, Tensor } from '@zeroskip/tensor';

/** A tensor of 16-bit floats in float32; any other as it is. */
export function widened(tensor: Tensor): Tensor {
  if (tensor.type !== 'float16') return tensor;
  return new Tensor('float32', float16ToFloat32(tensor.data as Uint16Array), tensor.dims);
}
