import { constantFrom, int, modelError, quantizedRanges } from '@zeroskip/onnx';
import { type ElementType, sizeOf, Tensor } from '@zeroskip/tensor';
import type { GraphBuilder } from '../tfjs/graph/builder.ts';
import type { TensorValue } from '../tfjs/graph/value.ts';
import type { LiteTensor, Quantization } from './tensor.ts';

/** Names of the constants with a scale and a zero point. */
type Operands = readonly [scale: string, zero: string];

function zeroPoint({ name }: LiteTensor, type: ElementType, { zero }: Quantization, dims: readonly number[]) {
  const [low, high] = quantizedRanges[type]!;
  const outside = zero.find((value) => !(Number.isInteger(value) && value >= low && value <= high));
  if (outside !== undefined) {
    const expected = `integers from ${low} to ${high}`;
    throw modelError(`zero points of tensor ${JSON.stringify(name)}`, expected, outside);
  }
  return new Tensor(type, zero as never, dims);
}

/** Writes the quantization of tensors, in the form of ONNX. */
export class Scales {
  readonly #known = new Map<LiteTensor, Operands>();

  #operands(tensor: LiteTensor, builder: GraphBuilder): Operands {
    const known = this.#known.get(tensor);
    if (known) return known;
    const quantization = tensor.quantization!;
    const { scale } = quantization;
    const dims = scale.length === 1 ? [] : [scale.length];
    const zero = zeroPoint(tensor, tensor.type(), quantization, dims);
    const operands = [
      builder.emitter.floats(`${tensor.name}/scale`, scale, dims),
      builder.emitter.constant(`${tensor.name}/zero`, constantFrom(zero)),
    ] as const;
    this.#known.set(tensor, operands);
    return operands;
  }

  /**
   * The numbers that integers of a tensor stand for.
   * @param axis of `value` that the scales go along, where there are several
   */
  real(value: string, tensor: LiteTensor, builder: GraphBuilder, axis: number): string {
    const inputs = [value, ...this.#operands(tensor, builder)];
    const attributes = tensor.quantization!.scale.length === 1 ? {} : { axis: int(axis) };
    return builder.node(`${tensor.name}/real`, 'DequantizeLinear', inputs, attributes);
  }

  /** The integers of a tensor that stand for numbers. */
  quantized(value: TensorValue, tensor: LiteTensor, builder: GraphBuilder): TensorValue {
    if (tensor.quantization!.scale.length > 1) {
      const what = `scales of tensor ${JSON.stringify(tensor.name)}, which is computed,`;
      throw modelError(what, 'one', tensor.quantization!.scale.length, 'ERR_UNSUPPORTED_TYPE');
    }
    const inputs = [value.name, ...this.#operands(tensor, builder)];
    return { ...value, name: builder.node(`${tensor.name}/quantized`, 'QuantizeLinear', inputs) };
  }
}

/** Whether a tensor has no elements. */
export const isEmpty = ({ dims }: LiteTensor) => dims.length > 0 && sizeOf(dims) === 0;
