import type { BinaryFunction } from '@zeroskip/kernels';
import { sameDims } from '@zeroskip/onnx';
import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import { elementwise } from '../lowering/elementwise.ts';
import type { Place } from '../lowering/place.ts';
import { lowerReshape } from '../lowering/reshape.ts';
import { broadcastDims, expand, zip } from './common/broadcast.ts';
import { MANY, type Operator } from './common/operator.ts';
import { floats, isBig, numbers } from './common/types.ts';

interface VariadicRow {
  readonly opType: string;
  readonly f: (a: number, b: number) => number;
  readonly big?: (a: bigint, b: bigint) => bigint;
  readonly native: BinaryFunction;
  /** The combined values are divided by the number of inputs. */
  readonly mean?: true;
}

function variadic({ opType, f, big, native, mean }: VariadicRow): Operator {
  return {
    opType,
    inputs: [1, MANY],
    types: [big ? numbers : floats, 0],
    isView: 'alone',
    infer(node) {
      const inputs = node.present;
      const shapes = inputs.map(({ dims }) => dims);
      return [{ type: inputs[0]!.type, dims: broadcastDims(node, shapes) }];
    },
    evaluate(_node, inputs, [out]) {
      const { type, dims } = out!;
      let data = expand(inputs[0]!, dims).data;
      for (const other of inputs.slice(1)) {
        const next = allocate(type, sizeOf(dims));
        if (isBig(type)) zip<bigint, bigint>({ data, dims }, other!, next, dims, big!);
        else zip<number, number>({ data, dims }, other!, next, dims, f);
        data = next;
      }
      if (mean) data = (data as Float32Array).map((value) => value / inputs.length);
      return [new Tensor(type, data as Float32Array & BigInt64Array, dims)];
    },
    lower(node, lowering) {
      const inputs = node.present;
      const divisor = mean ? inputs.length : 1;
      const outDims = lowering.values.type(node.node.outputs[0]!).dims;
      if (inputs.length === 1) return lowerReshape(lowering, node, outDims);
      const first = inputs.findIndex(({ dims }) => sameDims(dims, outDims));
      if (first < 0) return false;
      const places = elementwise(lowering, outDims, inputs);
      if (!places) return false;
      const [start] = places.operands.splice(first, 1) as [Place];
      let sum = start;
      for (const [i, operand] of places.operands.entries()) {
        const last = i === places.operands.length - 1 && divisor === 1;
        const target = last ? places.output(node, 0) : sum === start ? lowering.temporary(start) : sum;
        lowering.emitBinary(native, sum, operand, target);
        sum = target;
      }
      if (divisor !== 1)
        lowering.emitBinary(
          'div',
          sum,
          lowering.perChannel(new Float32Array([divisor])),
          places.output(node, 0),
        );
      return true;
    },
  };
}

export function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

export function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

export const variadicOperators: Operator[] = [
  variadic({ opType: 'Sum', f: (a, b) => a + b, native: 'add' }),
  variadic({ opType: 'Mean', f: (a, b) => a + b, native: 'add', mean: true }),
  variadic({ opType: 'Max', f: Math.max, big: larger, native: 'max' }),
  variadic({ opType: 'Min', f: Math.min, big: smaller, native: 'min' }),
];
