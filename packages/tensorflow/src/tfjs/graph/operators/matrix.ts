import { int, string } from '@zeroskip/onnx';
import { type GraphBuilder, row, type Translate, type Translations } from '../builder.ts';
import type { TfNode } from '../node.ts';
import type { TensorValue } from '../value.ts';
import { fusedActivation } from './maps/convolution.ts';
import { partsOf } from './parts.ts';

/** A matrix, or each of many, turned over where the attribute says so. */
function operand(node: TfNode, value: TensorValue, isTurned: boolean, builder: GraphBuilder): string {
  const { name, rank } = builder.modelOrder(value);
  if (!isTurned) return name;
  if (rank === undefined || rank < 2)
    throw node.unsupported('rank of a transposed operand', 'from 2', rank ?? 'open');
  const axes = Array.from({ length: rank - 2 }, (_, axis) => axis);
  return builder.permuted(name, [...axes, rank - 1, rank - 2]);
}

function product(turned: readonly [string, string]): Translate {
  return (node, [a, b], builder) => {
    const operands = [
      operand(node, a!, node.flag(turned[0]), builder),
      operand(node, b!, node.flag(turned[1]), builder),
    ];
    return { ...builder.broadcast([a!, b!], builder.node(node.name, 'MatMul', operands)), order: 'model' };
  };
}

const matrices = product(['transpose_a', 'transpose_b']);

const fused: Translate = (node, inputs, builder) => {
  const [first, ...others] = node.strings('fused_ops');
  let value: TensorValue;
  if (first === 'BiasAdd' && inputs[2]) {
    const operands = [
      operand(node, inputs[0]!, node.flag('transpose_a'), builder),
      operand(node, inputs[1]!, node.flag('transpose_b'), builder),
      inputs[2].name,
    ];
    value = builder.plain(builder.node(node.name, 'Gemm', operands), 2);
  } else {
    value = matrices(node, inputs, builder) as TensorValue;
    if (first !== undefined) value = fusedActivation(node, first, value, inputs[2], builder);
  }
  return others.reduce((done, kind) => fusedActivation(node, kind, done, inputs[3], builder), value);
};

const einsum: Translate = (node, inputs, builder) => {
  const equation = node.string('equation');
  const operands = inputs.map((input) => builder.modelOrder(input).name);
  const name = builder.node(node.name, 'Einsum', operands, { equation: string(equation) });
  const [, result] = equation.split('->');
  const isPlain = result !== undefined && /^\s*[A-Za-z]*\s*$/.test(result);
  return builder.plain(name, isPlain ? result.trim().length : undefined);
};

/** Elements near the diagonal; all below or above it where a number is negative. */
const bandPart: Translate = (target, [input, below, above], builder) => {
  const { node, whole, int64s } = partsOf(target.name, builder);
  const value = builder.modelOrder(input!);
  const dims = node('dims', 'Shape', [value.name], { start: int(-2) });
  const places = (axis: number) => {
    const count = node('count', 'Gather', [dims, whole('axis', axis)]);
    return node('places', 'Range', [whole('zero', 0), count, whole('one', 1)]);
  };
  const rows = node('rows', 'Unsqueeze', [places(0), int64s('second', 1)]);
  const distance = node('distance', 'Sub', [rows, places(1)]);
  const isNear = (most: TensorValue, from: string) => {
    const limit = builder.wide(most).name;
    const isAll = node('isAll', 'Less', [limit, whole('none', 0)]);
    return node('isNear', 'Or', [isAll, node('within', 'LessOrEqual', [from, limit])]);
  };
  const isKept = node('isKept', 'And', [
    isNear(below!, distance),
    isNear(above!, node('opposite', 'Neg', [distance])),
  ]);
  const zero = builder.scalar(`${target.name}/empty`, target.type('T', 'float32'), 0);
  return builder.like(value, builder.node(target.name, 'Where', [isKept, value.name, zero]));
};

export const products: Translations = {
  MatMul: row(2, matrices),
  _FusedMatMul: row(2, fused),
  BatchMatMul: row(2, product(['adj_x', 'adj_y'])),
  BatchMatMulV2: row(2, product(['adj_x', 'adj_y'])),
  Einsum: row(1, einsum),
  MatrixBandPart: row(3, bandPart),
};
