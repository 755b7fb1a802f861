import { sameDims } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { anyType, bools, indexTypes, isBig, numbers } from './common/types.ts';

const oneHot: Operator = {
  opType: 'OneHot',
  since: 9,
  inputs: [3, 3],
  types: [numbers, numbers, anyType],
  shapeInputs: [1],
  infer(node) {
    const { dims } = node.input(0);
    const depth = Math.trunc(node.requiredOperand(1, 1)[0]!);
    if (!(depth >= 1)) throw node.error('depth', 'at least 1', depth);
    const { type, dims: values } = node.input(2);
    if (!sameDims(values, [2])) throw node.error('dims of input 2', '[2]', values, 'ERR_INVALID_SHAPE');
    const axis = node.axis(dims.length + 1, -1);
    return [{ type, dims: [...dims.slice(0, axis), depth, ...dims.slice(axis)] }];
  },
  evaluate(node, [indices, , values], [out]) {
    const axis = node.axis(out!.dims.length, -1);
    const depth = out!.dims[axis]!;
    const inner = sizeOf(out!.dims.slice(axis + 1));
    const [off, on] = values!.data as Float32Array;
    return filled(out!, (to) => {
      to.fill(off!);
      for (let i = 0; i < indices!.size; i++) {
        const index = Math.trunc(Number(indices!.data[i]));
        const hot = index < 0 ? index + depth : index;
        if (hot >= 0 && hot < depth) to[(Math.floor(i / inner) * depth + hot) * inner + (i % inner)] = on!;
      }
    });
  },
};

const trilu: Operator = {
  opType: 'Trilu',
  since: 14,
  inputs: [1, 2],
  types: [anyType, ['int64']],
  infer(node) {
    const { type } = node.input(0);
    const dims = node.rankAtLeast(0, 2);
    const k = node.inputs[1];
    if (k && sizeOf(k.dims) !== 1)
      throw node.error('dims of input 1', 'one value', k.dims, 'ERR_INVALID_SHAPE');
    return [{ type, dims }];
  },
  evaluate(node, [x, k], [out]) {
    const [rows, columns] = out!.dims.slice(-2) as [number, number];
    const diagonal = Number(k?.data[0] ?? 0);
    const upper = node.flag('upper', true);
    return filled(out!, (to) => {
      const from = x!.data as Float32Array;
      for (let i = 0; i < to.length; i++) {
        const [row, column] = [Math.floor(i / columns) % rows, i % columns];
        const distance = column - row - diagonal;
        if (upper ? distance >= 0 : distance <= 0) to[i] = from[i]!;
      }
    });
  },
};

const eyeLike: Operator = {
  opType: 'EyeLike',
  since: 9,
  inputs: [1, 1],
  types: [[...numbers, ...bools]],
  fromDims: [0],
  infer(node) {
    const { type, dims } = node.input(0);
    if (dims.length !== 2) throw node.error('rank of input 0', '2', dims.length, 'ERR_INVALID_SHAPE');
    const own = node.has('dtype') ? node.type('dtype', 0) : type;
    return [{ type: own, dims }];
  },
  evaluate(node, _inputs, [out]) {
    const [rows, columns] = out!.dims as [number, number];
    const k = node.int('k', 0);
    const one = isBig(out!.type) ? 1n : 1;
    return filled(out!, (to) => {
      for (let row = Math.max(0, -k); row < rows && row + k < columns; row++)
        to[row * columns + row + k] = one as number;
    });
  },
};

const reverseSequence: Operator = {
  opType: 'ReverseSequence',
  since: 10,
  inputs: [2, 2],
  types: [anyType, indexTypes],
  infer(node) {
    const { type } = node.input(0);
    const dims = node.rankAtLeast(0, 2);
    const [batch, time] = [node.int('batch_axis', 1), node.int('time_axis', 0)];
    if (![0, 1].includes(batch) || batch + time !== 1)
      throw node.error('batch_axis and time_axis', '0 and 1, in any order', [batch, time]);
    const lengths = node.input(1).dims;
    if (!sameDims(lengths, [dims[batch]!]))
      throw node.error('dims of input 1', `[${dims[batch]}]`, lengths, 'ERR_INVALID_SHAPE');
    return [{ type, dims }];
  },
  evaluate(node, [x, lengths], [out]) {
    const time = node.int('time_axis', 0);
    const [steps, columns] = [out!.dims[time]!, out!.dims[1]!];
    const inner = sizeOf(out!.dims.slice(2));
    const from = x!.data as Float32Array;
    return filled(out!, (to) => {
      for (let i = 0; i < out!.dims[0]! * columns; i++) {
        const [row, column] = [Math.floor(i / columns), i % columns];
        const [t, image] = time === 0 ? [row, column] : [column, row];
        const length = Number(lengths!.data[image]);
        if (length < 0 || length > steps) throw node.error('sequence_lens', `from 0 to ${steps}`, length);
        const source = t < length ? length - 1 - t : t;
        const start = (time === 0 ? source * columns + column : row * columns + source) * inner;
        to.set(from.subarray(start, start + inner), i * inner);
      }
    });
  },
};

/** What fills or masks a tensor by the places of its elements. */
export const fillOperators: Operator[] = [oneHot, trilu, eyeLike, reverseSequence];
