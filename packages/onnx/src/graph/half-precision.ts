import { committed, widenFloat16 } from '@zeroskip/kernels';
import { narrowFloats, Tensor, widenFloats } from '@zeroskip/tensor';
import { computeType } from './element-types.ts';

/** A tensor in the type that it is computed in: half precision becomes float32, exactly. */
export function widened(tensor: Tensor): Tensor {
  const { type, data, dims } = tensor;
  if (type !== 'float16' && type !== 'bfloat16') return tensor;
  const bits = data as Uint16Array;
  const values =
    type === 'float16'
      ? widenFloat16(bits, committed(new Float32Array(bits.length)))
      : widenFloats(type, bits);
  return new Tensor('float32', values, dims);
}

/** A tensor in half precision, where it is declared in it. */
export function narrowed(tensor: Tensor, declared: Tensor['type']): Tensor {
  if (declared === tensor.type || computeType(declared) !== tensor.type) return tensor;
  const bits = narrowFloats(declared as 'float16' | 'bfloat16', tensor.data as Float32Array);
  return new Tensor(declared, bits as Uint16Array, tensor.dims);
}
