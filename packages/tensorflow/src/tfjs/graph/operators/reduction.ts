import { int } from '@zeroskip/onnx';
import { type GraphBuilder, type GraphType, row, type Translate, type Translations } from '../builder.ts';
import type { TfNode } from '../node.ts';
import { axisOf, type TensorValue } from '../value.ts';

/** Axes of a tensor of this rank, counted from 0. */
function counted(node: TfNode, axes: readonly number[], rank: number): number[] {
  const outside = axes.find((axis) => axis < -rank || axis >= rank);
  if (outside !== undefined) throw node.error('axes', `axes of ${rank} dims`, outside, 'ERR_INVALID_SHAPE');
  return axes.map((axis) => (axis < 0 ? axis + rank : axis));
}

/** A reduction over axes that a weight names. */
function reduced(
  node: TfNode,
  input: TensorValue,
  given: readonly number[],
  opType: string,
  builder: GraphBuilder,
): TensorValue {
  const keepdims = node.flag('keep_dims') || node.flag('keepdims');
  const attributes = { keepdims: int(Number(keepdims)) };
  const { rank } = input;
  const reduce = (name: string, axes: readonly number[]) => {
    // No axes: nothing is reduced.
    if (axes.length === 0) return builder.node(node.name, 'Identity', [name]);
    return builder.node(node.name, opType, [name, builder.int64s(`${node.name}/axes`, axes)], attributes);
  };
  if (rank === undefined) return builder.plain(reduce(input.name, given));
  const axes = counted(node, given, rank);
  const staysMap = keepdims || axes.length === 0;
  // What is left of a map without its rows and columns has the same order of axes either way.
  const isFree = input.order === 'channelsSecond' && (staysMap || (axes.includes(1) && axes.includes(2)));
  const from = isFree ? input : builder.modelOrder(input);
  const name = reduce(
    from.name,
    axes.map((axis) => axisOf(from, axis)),
  );
  return staysMap ? builder.like(from, name) : builder.plain(name, rank - new Set(axes).size);
}

const reduction =
  (opType: string): Translate =>
  (node, [input, axes], builder) =>
    reduced(node, input!, builder.integers(node, axes, 'the axes'), opType, builder);

/** Of conditions: as the least or the largest of numbers. */
const logical =
  (opType: string): Translate =>
  (node, [input, axes], builder) => {
    const numbers = builder.like(input!, builder.cast(`${node.name}/numbers`, input!.name, 'int32'));
    const value = reduced(node, numbers, builder.integers(node, axes, 'the axes'), opType, builder);
    return builder.like(value, builder.cast(`${node.name}/condition`, value.name, 'bool'));
  };

const argument =
  (opType: string): Translate =>
  (node, inputs, builder) => {
    const input = builder.modelOrder(inputs[0]!);
    const [axis = 0] = inputs[1] ? builder.integers(node, inputs[1], 'the axis') : [];
    const attributes = { axis: int(axis), keepdims: int(0) };
    const index = builder.node(node.name, opType, [input.name], attributes);
    const type = node.type('output_type', 'int32') as GraphType;
    const rank = input.rank === undefined ? undefined : input.rank - 1;
    return builder.plain(builder.cast(`${node.name}/index`, index, type), rank);
  };

const cumulative =
  (opType: string): Translate =>
  (node, inputs, builder) => {
    const input = builder.modelOrder(inputs[0]!);
    const attributes = {
      exclusive: int(Number(node.flag('exclusive'))),
      reverse: int(Number(node.flag('reverse'))),
    };
    const operands = [input.name, builder.wide(inputs[1]!).name];
    return builder.like(input, builder.node(node.name, opType, operands, attributes));
  };

export const reductions: Translations = {
  Max: row(2, reduction('ReduceMax')),
  Mean: row(2, reduction('ReduceMean')),
  Min: row(2, reduction('ReduceMin')),
  Prod: row(2, reduction('ReduceProd')),
  Sum: row(2, reduction('ReduceSum')),
  EuclideanNorm: row(2, reduction('ReduceL2')),
  All: row(2, logical('ReduceMin')),
  Any: row(2, logical('ReduceMax')),
  ArgMax: row(1, argument('ArgMax')),
  ArgMin: row(1, argument('ArgMin')),
  Cumsum: row(2, cumulative('CumSum')),
};
