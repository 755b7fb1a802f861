import type { ElementType } from '@zeroskip/tensor';
import type { NodeView } from '../model/node-view.ts';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { anyType, floats } from './common/types.ts';
import { roundHalfEven } from './unary.ts';

export const ranges: Partial<Record<ElementType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
};

const quantized = [...Object.keys(ranges), 'int32'] as readonly ElementType[];

/** Elements that share one scale: the scale of element i is `floor(i / inner) % count`. */
function scaleLayout(node: NodeView): { inner: number; count: number } {
  const { dims } = node.input(0);
  const scale = node.input(1).dims;
  if (node.opset >= 21 && node.int('block_size', 0) !== 0) {
    throw node.unsupported('attribute block_size', '0', node.int('block_size'));
  }
  const zero = node.inputs[2];
  if (zero && (zero.dims.length !== scale.length || zero.dims.some((dim, i) => dim !== scale[i]))) {
    throw node.error(
      'dims of the zero point',
      `the scale's [${scale.join(', ')}]`,
      zero.dims,
      'ERR_INVALID_SHAPE',
    );
  }
  const count = scale[0] ?? 1;
  if (scale.length > 1) throw node.error('rank of the scale', '0 or 1', scale.length, 'ERR_INVALID_SHAPE');
  if (count === 1) return { inner: 1, count };
  const axis = node.axis(dims.length, 1);
  if (dims[axis] !== count)
    throw node.error('dims of the scale', `[${dims[axis]}]`, scale, 'ERR_INVALID_SHAPE');
  return { inner: dims.slice(axis + 1).reduce((size, dim) => size * dim, 1), count };
}

const dequantizeLinear: Operator = {
  opType: 'DequantizeLinear',
  limits: 'No block_size.',
  cheap: true,
  since: 10,
  inputs: [2, 3],
  types: [quantized, floats, 0],
  infer(node) {
    const { dims } = node.input(0);
    scaleLayout(node);
    return [{ type: node.input(1).type, dims }];
  },
  evaluate(node, [x, scale, zero], [out]) {
    const { inner, count } = scaleLayout(node);
    return filled(out!, (to) => {
      const from = x!.data as Int8Array;
      const [scales, zeros] = [scale!.data as Float32Array, zero?.data as Int8Array | undefined];
      for (let i = 0; i < to.length; i++) {
        const at = count === 1 ? 0 : Math.floor(i / inner) % count;
        to[i] = (from[i]! - (zeros?.[at] ?? 0)) * scales[at]!;
      }
    });
  },
};

const quantizeLinear: Operator = {
  opType: 'QuantizeLinear',
  limits: 'No block_size.',
  types: [floats, floats, anyType],
  since: 10,
  inputs: [2, 3],
  infer(node) {
    const { dims } = node.input(0);
    const type =
      node.inputs[2]?.type ?? (node.int('output_dtype', 0) === 0 ? 'uint8' : node.type('output_dtype', 2));
    if (!ranges[type]) {
      throw node.error(
        'the quantized type',
        `one of ${Object.keys(ranges).join(', ')}`,
        type,
        'ERR_UNSUPPORTED_TYPE',
      );
    }
    scaleLayout(node);
    return [{ type, dims }];
  },
  evaluate(node, [x, scale, zero], [out]) {
    const { inner, count } = scaleLayout(node);
    const [low, high] = ranges[out!.type]!;
    return filled<Int8Array>(out!, (to) => {
      const [from, scales] = [x!.data as Float32Array, scale!.data as Float32Array];
      const zeros = zero?.data as Int8Array | undefined;
      for (let i = 0; i < to.length; i++) {
        const at = count === 1 ? 0 : Math.floor(i / inner) % count;
        const quantized = roundHalfEven(Math.fround(from[i]! / scales[at]!)) + (zeros?.[at] ?? 0);
        to[i] = Math.min(high, Math.max(low, quantized));
      }
    });
  },
};

export const quantizeOperators: Operator[] = [dequantizeLinear, quantizeLinear];
