import { int, string } from '@zeroskip/onnx';
import type { ElementType } from '@zeroskip/tensor';
import { type GraphBuilder, type GraphType, row, type Translate, type Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import type { TensorValue } from '../../value.ts';
import { partsOf } from '../parts.ts';

/** Operator set of ONNX that has CumProd. */
const CUM_PROD_OPSET = 26;

/** What is added for each value: its weight, or 1 where there are no weights. */
function added(target: TfNode, weights: TensorValue, dims: string, type: ElementType, builder: GraphBuilder) {
  const { node } = partsOf(target.name, builder);
  const isEmpty = weights.constant?.dims.includes(0) ?? false;
  if (!isEmpty) return builder.reshape(`${target.name}/weights`, weights.name, [-1]);
  return node('ones', 'Expand', [builder.scalar(`${target.name}/one`, type, 1), dims]);
}

/** How often each number below `size` occurs; in each row of a matrix where `byRow` is set. */
function counts(
  target: TfNode,
  [values, size, weights]: readonly TensorValue[],
  byRow: boolean,
  isBinary: boolean,
  builder: GraphBuilder,
): TensorValue {
  const { node, whole, int64s } = partsOf(target.name, builder);
  const type = target.type('T', 'float32');
  const count = builder.wide(size!).name;
  const wide = builder.wide(builder.modelOrder(values!)).name;
  const width = node('width', 'Add', [count, whole('one', 1)]);
  // What is too large goes behind the last.
  const clipped = node('clipped', 'Min', [wide, count]);
  const rows = node('rows', 'Shape', [wide], { end: int(1) });
  const row_ = node('row', 'Range', [whole('zero', 0), node('rowCount', 'Squeeze', [rows]), whole('one', 1)]);
  const starts = node('starts', 'Unsqueeze', [node('offsets', 'Mul', [row_, width]), int64s('last', 1)]);
  const places = byRow ? node('places', 'Add', [clipped, starts]) : clipped;
  const flat = builder.reshape(`${target.name}/flat`, places, [-1]);
  const total = byRow
    ? node('total', 'Mul', [rows, width])
    : node('total', 'Unsqueeze', [width, int64s('first', 0)]);
  const zeros = node('zeros', 'Expand', [builder.scalar(`${target.name}/zero`, type, 0), total]);
  const updates = added(target, weights!, node('size', 'Shape', [flat]), type, builder);
  const reduction = isBinary ? {} : { reduction: string('add') };
  const sums = node('sums', 'ScatterElements', [zeros, flat, updates], reduction);
  const [axis, last] = byRow
    ? [1, node('ends', 'Unsqueeze', [count, int64s('first', 0)])]
    : [0, builder.wideVector(size!)];
  const shaped = byRow
    ? node('shaped', 'Reshape', [
        sums,
        node('dims', 'Concat', [rows, node('widths', 'Unsqueeze', [width, int64s('first', 0)])], {
          axis: int(0),
        }),
      ])
    : sums;
  const known = node('counts', 'Slice', [shaped, int64s('from', 0), last, int64s('axis', axis)]);
  return builder.plain(known, byRow ? 2 : 1);
}

const bincount: Translate = (node, inputs, builder) => counts(node, inputs, false, false, builder);

const denseBincount: Translate = (node, inputs, builder) => {
  const { rank } = inputs[0]!;
  if (rank !== 1 && rank !== 2) throw node.unsupported('rank of the input', '1 or 2', rank ?? 'open');
  const isBinary = node.flag('binary_output');
  const ones = {
    ...inputs[2]!,
    constant: { type: 'float32' as const, dims: [0], load: () => inputs[2]!.constant!.load() },
  };
  return counts(node, isBinary ? [inputs[0]!, inputs[1]!, ones] : inputs, rank === 2, isBinary, builder);
};

/** How many of each sorted row are below a value, or not above it. */
const bound =
  (opType: 'Less' | 'LessOrEqual'): Translate =>
  (target, [sorted, values], builder) => {
    const { node, int64s } = partsOf(target.name, builder);
    const row_ = node('row', 'Unsqueeze', [sorted!.name, int64s('second', 1)]);
    const column = node('column', 'Unsqueeze', [values!.name, int64s('third', 2)]);
    const isBefore = builder.cast(`${target.name}/before`, node('isBefore', opType, [row_, column]), 'int32');
    return builder.plain(node('count', 'ReduceSum', [isBefore, int64s('last', 2)], { keepdims: int(0) }), 2);
  };

const unique: Translate = (node, [input, axis], builder) => {
  const [along] = axis ? builder.integers(node, axis, 'the axis') : [];
  const attributes = { sorted: int(0), ...(along !== undefined && { axis: int(along) }) };
  const value = builder.modelOrder(input!);
  const made = builder.emitter.multiple(node.name, 'Unique', [value.name], 3, attributes);
  const type = node.type('out_idx', 'int32') as GraphType;
  return [
    builder.plain(made[0]!, along === undefined ? 1 : value.rank),
    builder.plain(builder.cast(`${node.name}/indices`, made[2]!, type), 1),
  ];
};

/** Elements of the first vector that the second does not have, and where they are. */
const listDiff: Translate = (target, [all, others], builder) => {
  const { node, int64s } = partsOf(target.name, builder);
  const column = node('column', 'Unsqueeze', [all!.name, int64s('second', 1)]);
  const equal = builder.cast(
    `${target.name}/equal`,
    node('isEqual', 'Equal', [column, others!.name]),
    'int32',
  );
  const found = node('found', 'ReduceSum', [equal, int64s('last', 1)], { keepdims: int(0) });
  const isMissing = node('isMissing', 'Equal', [found, builder.scalar(`${target.name}/zero`, 'int32', 0)]);
  const places = builder.reshape(`${target.name}/places`, node('missing', 'NonZero', [isMissing]), [-1]);
  return [
    builder.plain(node('values', 'Gather', [all!.name, places]), 1),
    builder.plain(builder.cast(`${target.name}/indices`, places, 'int32'), 1),
  ];
};

const cumulativeProduct: Translate = (node, inputs, builder) => {
  const input = builder.modelOrder(inputs[0]!);
  const attributes = {
    exclusive: int(Number(node.flag('exclusive'))),
    reverse: int(Number(node.flag('reverse'))),
  };
  const operands = [input.name, builder.wide(inputs[1]!).name];
  const version = { opset: CUM_PROD_OPSET };
  const [name] = builder.emitter.own(node.name, 'CumProd', operands, 1, attributes, version);
  return builder.like(input, name!);
};

/** Numbers from each start to its limit, one row after the other, and where rows begin and end. */
const raggedRange: Translate = (target, inputs, builder) => {
  const { node, whole, int64s } = partsOf(target.name, builder);
  const [starts, limits, deltas] = inputs.map(({ name }) =>
    builder.reshape(`${target.name}/row`, name, [-1]),
  ) as [string, string, string];
  const numbers = (what: string, value: string) => builder.cast(`${target.name}/${what}`, value, 'float32');
  const span = node('span', 'Sub', [numbers('limit', limits), numbers('start', starts)]);
  const steps = node('steps', 'Ceil', [node('quotient', 'Div', [span, numbers('delta', deltas)])]);
  const counted = node('counted', 'Max', [
    builder.cast(`${target.name}/steps`, steps, 'int64'),
    whole('zero', 0),
  ]);
  const ends = node('ends', 'CumSum', [counted, whole('axis', 0)]);
  const splits = node('splits', 'Concat', [int64s('first', 0), ends], { axis: int(0) });
  const total = node('total', 'ReduceSum', [counted], { keepdims: int(0) });
  const places = node('places', 'Range', [whole('from', 0), total, whole('one', 1)]);
  const column = node('column', 'Unsqueeze', [places, int64s('second', 1)]);
  const isBehind = builder.cast(
    `${target.name}/behind`,
    node('isBehind', 'GreaterOrEqual', [column, ends]),
    'int64',
  );
  const rows = node('rows', 'ReduceSum', [isBehind, int64s('last', 1)], { keepdims: int(0) });
  const own = (what: string, values: string) => node(what, 'Gather', [values, rows]);
  const within = node('within', 'Sub', [places, own('begins', splits)]);
  const type = target.type('T', 'int32') as GraphType;
  const moved = node('moved', 'Mul', [
    builder.cast(`${target.name}/within`, within, type),
    own('deltas', deltas),
  ]);
  return [
    builder.plain(builder.cast(`${target.name}/splits`, splits, 'int32'), 1),
    builder.plain(node('values', 'Add', [own('starts', starts), moved]), 1),
  ];
};

export const counting: Translations = {
  Bincount: row(3, bincount),
  DenseBincount: row(3, denseBincount),
  LowerBound: row(2, bound('Less')),
  UpperBound: row(2, bound('LessOrEqual')),
  Unique: row(1, unique, ['y', 'idx']),
  UniqueV2: row(2, unique, ['y', 'idx']),
  ListDiff: row(2, listDiff, ['out', 'idx']),
  Cumprod: row(2, cumulativeProduct),
  RaggedRange: row(3, raggedRange, ['rt_nested_splits', 'rt_dense_values']),
};
