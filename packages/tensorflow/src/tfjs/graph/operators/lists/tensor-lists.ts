import type { GraphBuilder, Translate, Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import type { TensorValue } from '../../value.ts';
import {
  appended,
  behindLast,
  concatenated,
  elementType,
  item,
  itemAt,
  length,
  listAt,
  listOf,
  ofLists,
  reserved,
  resized,
  scattered,
  shapeOf,
  splitByLengths,
  stacked,
  unstacked,
  withItem,
} from './list.ts';

const reserve: Translate = (node, [shape, count], builder) => {
  const { type, bytes } = elementType(node, 'element_dtype', builder);
  const dims = shapeOf(shape);
  const list = reserved(node, type, dims, builder.wideVector(count!), builder);
  return listOf(list, { type }, { rank: dims?.length, ...(bytes !== undefined && { bytes }) });
};

const empty: Translate = (node, [shape], builder) => {
  const { type, bytes } = elementType(node, 'element_dtype', builder);
  const list = builder.node(node.name, 'SequenceEmpty', []);
  return listOf(
    list,
    { type, grows: true },
    { rank: shapeOf(shape)?.length, ...(bytes !== undefined && { bytes }) },
  );
};

/** A list that a tensor was cut into. */
function ofTensor(node: TfNode, value: TensorValue, list: string, ranks: number, builder: GraphBuilder) {
  const { rank, bytes } = value;
  const type = bytes === undefined ? elementType(node, 'element_dtype', builder).type : ('int64' as const);
  const inner = rank === undefined ? undefined : rank - ranks;
  return listOf(list, { type }, { rank: inner, ...(bytes !== undefined && { bytes }) });
}

const fromTensor: Translate = (node, inputs, builder) => {
  const value = builder.modelOrder(inputs[0]!);
  return ofTensor(node, value, unstacked(node.name, value.name, builder), 1, builder);
};

const split: Translate = (node, inputs, builder) => {
  const value = builder.modelOrder(inputs[0]!);
  return ofTensor(node, value, splitByLengths(node.name, value.name, inputs[2]!, builder), 0, builder);
};

const scatter: Translate = (node, [tensor, indices, , size], builder) => {
  const value = builder.modelOrder(tensor!);
  const isGiven = size !== undefined && !(size.constant?.load().data[0] === -1);
  const count = isGiven ? builder.wideVector(size) : behindLast(node.name, indices!, builder);
  const { type } = ofTensor(node, value, '', 1, builder).list!;
  return ofTensor(node, value, scattered(node.name, value, indices!, count, type, builder), 1, builder);
};

const getItem: Translate = (node, inputs, builder) => {
  const list = listAt(node, inputs, 0);
  const rank = list.rank ?? shapeOf(inputs[2])?.length;
  return tensorOf(list, builder.plain(item(node.name, list, inputs[1]!, builder), rank));
};

const tensorOf = ({ bytes }: TensorValue, value: TensorValue): TensorValue =>
  bytes === undefined ? value : { ...value, bytes };

const setItem: Translate = (node, inputs, builder) => {
  const list = listAt(node, inputs, 0);
  return withItem(node, list, inputs[1]!, itemAt(node, inputs, 2, list), builder);
};

const stack: Translate = (node, inputs, builder) =>
  stacked(node.name, listAt(node, inputs, 0), shapeOf(inputs[1]), builder);

const gather: Translate = (node, inputs, builder) => {
  const all = stacked(`${node.name}/all`, listAt(node, inputs, 0), shapeOf(inputs[2]), builder);
  return { ...all, name: builder.node(node.name, 'Gather', [all.name, builder.wideVector(inputs[1]!)]) };
};

const concat: Translate = (node, inputs, builder) =>
  concatenated(node.name, listAt(node, inputs, 0), builder);

const pushBack: Translate = (node, inputs, builder) => {
  const list = listAt(node, inputs, 0);
  return appended(node, list, itemAt(node, inputs, 1, list), builder);
};

const popBack: Translate = (node, inputs, builder) => {
  const list = listAt(node, inputs, 0);
  const last = builder.plain(builder.scalar(`${node.name}/last`, 'int64', -1), 0);
  const value = builder.plain(item(`${node.name}/value`, list, last, builder), list.rank);
  const rest = builder.node(node.name, 'SequenceErase', [list.name]);
  return [listOf(rest, list.list, list), tensorOf(list, value)];
};

/** Cut off, or filled up with empty tensors. */
const resize: Translate = (node, inputs, builder) => {
  const list = listAt(node, inputs, 0);
  const size = builder.wideVector(inputs[1]!);
  return listOf(resized(node, list, size, builder), list.list, list);
};

export const tensorLists: Translations = {
  EmptyTensorList: ofLists(1, empty),
  TensorListReserve: ofLists(2, reserve),
  TensorListFromTensor: ofLists(1, fromTensor),
  TensorListSplit: ofLists(3, split),
  TensorListScatter: ofLists(2, scatter),
  TensorListScatterV2: ofLists(4, scatter),
  TensorListGetItem: ofLists(2, getItem),
  TensorListSetItem: ofLists(3, setItem),
  TensorListStack: ofLists(1, stack),
  TensorListGather: ofLists(2, gather),
  TensorListConcat: ofLists(1, concat),
  TensorListConcatV2: ofLists(1, concat),
  TensorListLength: ofLists(1, (node, inputs, builder) => length(node, listAt(node, inputs, 0), builder)),
  TensorListPushBack: ofLists(2, pushBack),
  TensorListPopBack: ofLists(1, popBack, ['output_handle', 'tensor']),
  TensorListResize: ofLists(2, resize),
};
