import { int, string } from '@zeroskip/onnx';
import { row, type Translate, type Translations } from '../../builder.ts';
import { partsOf } from '../parts.ts';

type Parts = ReturnType<typeof partsOf>;

/** Elements between neighbours along each axis of dims, of any number. */
function stridesOf(what: string, dims: string, { node, whole, int64s }: Parts): string {
  const rank = node(`${what}/rank`, 'Size', [dims]);
  const places = node(`${what}/places`, 'Range', [whole('zero', 0), rank, whole('one', 1)]);
  const rows = node(`${what}/rows`, 'Unsqueeze', [places, int64s('last', 1)]);
  const isInner = node(`${what}/inner`, 'Greater', [places, rows]);
  const factors = node(`${what}/factors`, 'Where', [isInner, dims, whole('one', 1)]);
  return node(`${what}/strides`, 'ReduceProd', [factors, int64s('last', 1)], { keepdims: int(0) });
}

const reshape: Translate = (target, [indices, shape, wanted], builder) => {
  const parts = partsOf(target.name, builder);
  const { node, whole, int64s } = parts;
  const [from, to] = [builder.wideVector(shape!), builder.wideVector(wanted!)];
  const total = node('total', 'ReduceProd', [from], { keepdims: int(0) });
  const isOpen = node('open', 'Less', [to, whole('zero', 0)]);
  const closed = node('closed', 'Where', [isOpen, whole('one', 1), to]);
  const known = node('known', 'ReduceProd', [closed], { keepdims: int(0) });
  const rest = node('rest', 'Div', [total, node('divisor', 'Max', [known, whole('one', 1)])]);
  const dims = node('dims', 'Where', [isOpen, rest, to]);
  const weighted = node('weighted', 'Mul', [builder.wide(indices!).name, stridesOf('from', from, parts)]);
  const places = node('linear', 'ReduceSum', [weighted, int64s('last', 1)], { keepdims: int(1) });
  const quotients = node('quotients', 'Div', [places, stridesOf('to', dims, parts)]);
  const own = node('indices', 'Mod', [quotients, dims]);
  const length = wanted!.length ?? wanted!.constant?.dims[0];
  return [
    builder.plain(builder.cast(`${target.name}/0`, own, 'int32'), 2),
    builder.plain(builder.cast(`${target.name}/1`, dims, 'int32'), 1, length),
  ];
};

/** `default` in the first column of each row that has no value; rows are in order afterwards. */
const fillEmptyRows: Translate = (target, [indices, values, shape, absent], builder) => {
  const { node, whole, int64s } = partsOf(target.name, builder);
  const places = builder.wide(indices!).name;
  const dims = builder.wideVector(shape!);
  const rows = node('rows', 'Gather', [dims, int64s('first', 0)]);
  const rowOf = node('rowOf', 'Gather', [places, whole('zero', 0)], { axis: int(1) });
  const zeros = node('zeros', 'Expand', [whole('zero', 0), rows]);
  const ones = node('ones', 'Expand', [whole('one', 1), node('count', 'Shape', [rowOf])]);
  const counts = node('counts', 'ScatterElements', [zeros, rowOf, ones], { reduction: string('add') });
  const isEmpty = node('isEmpty', 'Equal', [counts, whole('zero', 0)]);
  const empty = builder.permuted(node('empty', 'NonZero', [isEmpty]), [1, 0]);
  const added = node('added', 'Shape', [empty], { end: int(1) });
  const columns = node('columns', 'Sub', [
    node('width', 'Shape', [places], { start: int(1) }),
    int64s('one', 1),
  ]);
  const padding = node('padding', 'Expand', [
    whole('zero', 0),
    node('paddingDims', 'Concat', [added, columns], { axis: int(0) }),
  ]);
  const fresh = node('fresh', 'Concat', [empty, padding], { axis: int(1) });
  const all = node('all', 'Concat', [places, fresh], { axis: int(0) });
  const filling = node('filling', 'Expand', [absent!.name, added]);
  const allValues = node('allValues', 'Concat', [values!.name, filling], { axis: int(0) });
  // Rows in order, and what is in one row as it was.
  const allRows = node('allRows', 'Gather', [all, whole('zero', 0)], { axis: int(1) });
  const size = node('size', 'Shape', [allRows]);
  const count = node('scalar', 'Squeeze', [size]);
  const own = node('own', 'Range', [whole('zero', 0), count, whole('one', 1)]);
  const keys = node('keys', 'Add', [node('scaled', 'Mul', [allRows, size]), own]);
  const sorted = builder.emitter.multiple(`${target.name}/order`, 'TopK', [keys, size], 2, {
    largest: int(0),
  });
  const order = sorted[1]!;
  const inverse = node('inverse', 'ScatterElements', [own, order, own]);
  const map = node('map', 'Slice', [inverse, int64s('first', 0), node('given', 'Shape', [rowOf])]);
  return [
    builder.plain(
      builder.cast(`${target.name}/indices`, node('ordered', 'Gather', [all, order]), 'int32'),
      2,
    ),
    builder.plain(node('values', 'Gather', [allValues, order]), 1),
    builder.plain(isEmpty, 1),
    builder.plain(builder.cast(`${target.name}/reverse`, map, 'int32'), 1),
  ];
};

/** Sums or means of chosen slices by segments, whose numbers rise. */
const segments =
  (isMean: boolean): Translate =>
  (target, [data, indices, ids], builder) => {
    const { node, whole, int64s } = partsOf(target.name, builder);
    const from = builder.modelOrder(data!);
    const places = builder.wideVector(ids!);
    const chosen = node('chosen', 'Gather', [from.name, builder.wideVector(indices!)]);
    const none = int64s('none', -1);
    const last = node('last', 'ReduceMax', [node('ids', 'Concat', [places, none], { axis: int(0) })]);
    const count = node('count', 'Add', [last, whole('one', 1)]);
    const rest = node('rest', 'Shape', [from.name], { start: int(1) });
    const zeros = (dims: string) => node('zeros', 'Expand', [builder.scalar('zero', 'float32', 0), dims]);
    const add = (into: string, updates: string) =>
      node('sums', 'ScatterND', [into, builder.reshape(`${target.name}/rows`, places, [-1, 1]), updates], {
        reduction: string('add'),
      });
    const sums = add(zeros(node('dims', 'Concat', [count, rest], { axis: int(0) })), chosen);
    if (!isMean) return builder.like(from, sums);
    const ones = node('ones', 'Expand', [
      builder.scalar('one', 'float32', 1),
      node('size', 'Shape', [places]),
    ]);
    const counts = add(zeros(count), ones);
    const divisors = node('divisors', 'Max', [counts, builder.scalar('one', 'float32', 1)]);
    const flat = builder.reshape(`${target.name}/flat`, sums, [0, -1]);
    const column = node('column', 'Unsqueeze', [divisors, int64s('second', 1)]);
    const dims = node('whole', 'Shape', [sums]);
    return builder.like(from, node('means', 'Reshape', [node('flatMeans', 'Div', [flat, column]), dims]));
  };

const filledRows = ['output_indices', 'output_values', 'empty_row_indicator', 'reverse_index_map'];

export const sparse: Translations = {
  SparseReshape: row(3, reshape, ['output_indices', 'output_shape']),
  SparseFillEmptyRows: row(4, fillEmptyRows, filledRows),
  SparseSegmentSum: row(3, segments(false)),
  SparseSegmentMean: row(3, segments(true)),
};
