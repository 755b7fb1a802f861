import { ints, type NodeView } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { Parts } from '../common/composite.ts';
import type { Decomposition, FreshNames, Operator } from '../common/operator.ts';
import { filled } from '../common/results.ts';
import { type FloatArray, floats, indexTypes } from '../common/types.ts';
import { transformed, zeros } from './fourier.ts';

/** Most weights of the convolution that a transform becomes; beyond them its frames are transformed one by one. */
const MAX_WEIGHTS = 2 ** 22;

interface Frames {
  readonly batch: number;
  readonly length: number;
  /** 1 for real values, 2 for complex ones. */
  readonly parts: number;
  readonly step: number;
  readonly size: number;
  readonly count: number;
  readonly bins: number;
}

function frames(node: NodeView): Frames {
  const { dims } = node.input(0);
  if (dims.length !== 2 && dims.length !== 3)
    throw node.error('rank of input 0', '2 or 3', dims.length, 'ERR_INVALID_SHAPE');
  const [batch, length, parts = 1] = dims as [number, number, number?];
  const onesided = node.flag('onesided', true);
  if (parts !== 1 && (parts !== 2 || onesided)) {
    const expected = onesided ? '1' : '1 or 2';
    throw node.error('the last dimension of input 0', expected, parts, 'ERR_INVALID_SHAPE');
  }
  const step = node.requiredOperand(1, 1)[0]!;
  const window = node.inputs[2]?.dims;
  const size = node.operand(3)?.[0] ?? window?.[0];
  if (!Number.isSafeInteger(step) || step < 1) throw node.error('frame_step', 'at least 1', step);
  if (size === undefined || !Number.isSafeInteger(size) || size < 1 || size > length)
    throw node.error('frame_length', `from 1 to the signal's ${length}`, size ?? 'none');
  if (window && (window.length !== 1 || window[0] !== size))
    throw node.error('dims of input 2', `[${size}]`, window, 'ERR_INVALID_SHAPE');
  const count = 1 + Math.floor((length - size) / step);
  return { batch, length, parts, step, size, count, bins: onesided ? Math.floor(size / 2) + 1 : size };
}

/** Weights `2 · bins × parts × size` that give the real parts of all bins, then the imaginary ones. */
function basis({ parts, size, bins }: Frames, window: FloatArray | undefined): Float32Array {
  const weights = new Float32Array(2 * bins * parts * size);
  const row = parts * size;
  for (let bin = 0; bin < bins; bin++) {
    const [real, imaginary] = [bin * row, (bins + bin) * row];
    for (let i = 0; i < size; i++) {
      const angle = (-2 * Math.PI * ((bin * i) % size)) / size;
      const factor = window?.[i] ?? 1;
      const [c, s] = [factor * Math.cos(angle), factor * Math.sin(angle)];
      weights[real + i] = c;
      weights[imaginary + i] = s;
      if (parts === 1) continue;
      weights[real + size + i] = -s;
      weights[imaginary + size + i] = c;
    }
  }
  return weights;
}

/** A convolution with the window times the waves of all bins, where it is known and these are few. */
function asConvolution(node: NodeView, names: FreshNames): Decomposition | undefined {
  const all = frames(node);
  const { batch, length, parts: channels, step, size, count, bins } = all;
  const window = node.inputs[2];
  const isSmall = 2 * bins * channels * size <= MAX_WEIGHTS;
  if (node.input(0).type !== 'float32' || !isSmall || (window && !window.constant)) return undefined;
  const parts = new Parts(node, names);
  const weights = basis(all, window?.constant?.load().data as FloatArray | undefined);
  const kernel = parts.constant(new Tensor('float32', weights, [2 * bins, channels, size]));
  const perm = (order: readonly number[]) => ({ attributes: new Map([['perm', ints(order)]]) });
  const rows = parts.reshape(node.input(0).name, [batch, length, channels]);
  const signal = parts.add('Transpose', [rows], perm([0, 2, 1]));
  const strides = { attributes: new Map([['strides', ints([step])]]) };
  const planes = parts.reshape(parts.add('Conv', [signal, kernel], strides), [batch, 2, bins, count]);
  parts.add('Transpose', [planes], { ...perm([0, 3, 2, 1]), output: node.node.outputs[0]! });
  return parts.all;
}

export const stft: Operator = {
  opType: 'STFT',
  limits: 'Native with a constant window.',
  since: 17,
  inputs: [2, 4],
  types: [floats, indexTypes, 0, indexTypes],
  shapeInputs: [1, 3],
  decompose: asConvolution,
  infer(node) {
    const { batch, count, bins } = frames(node);
    return [{ type: node.input(0).type, dims: [batch, count, bins, 2] }];
  },
  evaluate(node, [x, , window], [out]) {
    const { batch, length, parts, step, size, count, bins } = frames(node);
    const [from, factors] = [x!.data as FloatArray, window?.data as FloatArray | undefined];
    return filled<FloatArray>(out!, (to) => {
      for (let frame = 0; frame < batch * count; frame++) {
        const start = Math.floor(frame / count) * length + (frame % count) * step;
        const values = zeros(size);
        for (let i = 0; i < size; i++) {
          const factor = factors?.[i] ?? 1;
          values.re[i] = factor * from[(start + i) * parts]!;
          values.im[i] = parts === 2 ? factor * from[(start + i) * parts + 1]! : 0;
        }
        const { re, im } = transformed(values, false);
        for (let bin = 0; bin < bins; bin++) {
          to[(frame * bins + bin) * 2] = re[bin]!;
          to[(frame * bins + bin) * 2 + 1] = im[bin]!;
        }
      }
    });
  },
};
