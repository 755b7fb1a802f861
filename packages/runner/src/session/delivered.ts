import { sameDims } from '@zeroskip/onnx';
import { rangeError, Tensor } from '@zeroskip/tensor';
import { kindOf, type Value } from '../values/value.ts';

/** `value`, or `target` filled with its elements. */
export function delivered(name: string, value: Value, target: Tensor | undefined): Value {
  if (!target) return value;
  const fits =
    value instanceof Tensor &&
    target.type === value.type &&
    sameDims(target.dims, value.dims) &&
    target.layout === 'NCHW';
  if (!fits) {
    const expected =
      value instanceof Tensor
        ? `${value.type} [${value.dims.join(', ')}] in layout NCHW`
        : `null, for ${kindOf(value)},`;
    const received = `${target.type} [${target.dims.join(', ')}] in layout ${target.layout}`;
    throw rangeError(`fetch ${JSON.stringify(name)}`, expected, received, 'ERR_INVALID_SHAPE');
  }
  target.data.set(value.data as never);
  return target;
}
