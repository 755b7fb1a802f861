import type { NodeView, ValueType } from '@zeroskip/onnx';
import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import type { Operator } from '../common/operator.ts';
import { type FloatArray, floats } from '../common/types.ts';
import { activationsOf } from './activations.ts';
import { lowerRecurrence } from './lower-recurrence.ts';
import { type Cell, directionNames, type RecurrenceRow, type Sizes, sizesOf } from './row.ts';

/** `to[i] = Σ weights[first + i][k] · by[k]` over rows of `width`, for as many rows as `to` has elements. */
export function project(
  weights: FloatArray,
  first: number,
  by: FloatArray,
  at: number,
  width: number,
  to: Float64Array,
): void {
  for (let i = 0; i < to.length; i++) {
    let sum = 0;
    const row = (first + i) * width;
    for (let k = 0; k < width; k++) sum += weights[row + k]! * by[at + k]!;
    to[i] = sum;
  }
}

/** How many steps each image of the batch has. */
function lengthsOf(node: NodeView, given: Tensor | undefined, { length, batch }: Sizes): ArrayLike<number> {
  const lengths = (given?.data as Int32Array | undefined) ?? new Int32Array(batch).fill(length);
  const wrong = lengths.find((each) => each < 0 || each > length);
  if (wrong !== undefined) throw node.error('sequence_lens', `integers from 0 to ${length}`, wrong);
  return lengths;
}

/** An operator that carries a state along the steps of a sequence. */
export function recurrence(row: RecurrenceRow): Operator {
  const { opType, domain, gates, hasCell } = row;
  return {
    opType,
    ...(domain !== undefined && { domain }),
    inputs: [3, hasCell ? 8 : 6],
    outputs: [1, hasCell ? 3 : 2],
    types: [floats, 0, 0, 0, ['int32'], 0, 0, 0],
    limits:
      'Native with constant weights, default activations, sequences of one length, without clip and peepholes.',
    infer(node): ValueType[] {
      const { type } = node.input(0);
      const sizes = sizesOf(node, row);
      const { batchFirst, length, batch, hidden, directions } = sizes;
      activationsOf(node, directions, row.activations);
      const state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
      const all = batchFirst ? [batch, length, directions, hidden] : [length, directions, batch, hidden];
      return [all, state, state].slice(0, hasCell ? 3 : 2).map((dims) => ({ type, dims }));
    },
    evaluate(node, inputs, types) {
      const sizes = sizesOf(node, row);
      const { batchFirst, length, batch, width, hidden, directions } = sizes;
      const [x, weights, recurrent, bias, , initial, initialCell, peepholes] = inputs.map(
        (input) => input?.data as FloatArray | undefined,
      );
      const lengths = lengthsOf(node, inputs[4], sizes);
      const outputs = types.map(({ type, dims }) => allocate(type, sizeOf(dims)) as FloatArray);
      const activations = activationsOf(node, directions, row.activations);
      const products = new Float64Array(gates * hidden);
      const part = (values: FloatArray | undefined, size: number, at: number) =>
        values?.subarray(at * size, (at + 1) * size);
      for (let d = 0; d < directions; d++) {
        const cell: Cell = {
          hidden,
          recurrent: part(recurrent, gates * hidden * hidden, d)!,
          bias: part(bias, 2 * gates * hidden, d) ?? new Float64Array(2 * gates * hidden),
          peepholes: part(peepholes, 3 * hidden, d),
          activations: activations[d]!,
        };
        const own = part(weights, gates * hidden * width, d)!;
        const isReversed = d === 1 || node.choice('direction', directionNames, 'forward') === 'reverse';
        for (let image = 0; image < batch; image++) {
          const at = batchFirst ? image * directions + d : d * batch + image;
          const start = (values: FloatArray | undefined) =>
            Float64Array.from({ length: hidden }, (_, i) => values?.[at * hidden + i] ?? 0);
          const state = { h: start(initial), cell: start(initialCell) };
          for (let i = 0; i < lengths[image]!; i++) {
            const t = isReversed ? lengths[image]! - 1 - i : i;
            const step = batchFirst ? image * length + t : t * batch + image;
            project(own, 0, x!, step * width, width, products);
            row.step(cell, products, state, node);
            const place = batchFirst ? step * directions + d : (t * directions + d) * batch + image;
            outputs[0]!.set(state.h, place * hidden);
          }
          outputs[1]!.set(state.h, at * hidden);
          outputs[2]?.set(state.cell, at * hidden);
        }
      }
      return outputs.map((data, i) => new Tensor(types[i]!.type, data as never, types[i]!.dims));
    },
    lower: (node, lowering) => lowerRecurrence(lowering, node, row, sizesOf(node, row)),
  };
}
