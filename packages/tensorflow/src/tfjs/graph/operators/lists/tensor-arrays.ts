import type { GraphBuilder, Translate, Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import type { TensorValue } from '../../value.ts';
import {
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
  scattered,
  splitByLengths,
  stacked,
  withItem,
} from './list.ts';

/** Its handle and its flow are both the array as it is made; what is written goes on in the flow. */
const array: Translate = (node, [size], builder) => {
  const { type, bytes } = elementType(node, 'dtype', builder);
  const shape = node.shape('element_shape');
  const list = reserved(node, type, shape, builder.wideVector(size!), builder);
  const grows = node.flag('dynamic_size');
  const made = listOf(list, { type, grows }, { rank: shape?.length, ...(bytes !== undefined && { bytes }) });
  return [made, made];
};

/** The array that flows into a node, last of its inputs. */
const flow = (node: TfNode, inputs: readonly TensorValue[], index: number) => {
  const { grows = false } = listAt(node, inputs, 0).list;
  const value = listAt(node, inputs, index);
  return { ...value, list: { ...value.list, grows } };
};

const read: Translate = (node, inputs, builder) => {
  const list = flow(node, inputs, 2);
  return withBytes(list, builder.plain(item(node.name, list, inputs[1]!, builder), list.rank));
};

const withBytes = ({ bytes }: TensorValue, value: TensorValue): TensorValue =>
  bytes === undefined ? value : { ...value, bytes };

const write: Translate = (node, inputs, builder) => {
  const list = flow(node, inputs, 3);
  return withItem(node, list, inputs[1]!, itemAt(node, inputs, 2, list), builder);
};

const gather: Translate = (node, inputs, builder) => {
  const shape = node.shape('element_shape');
  const all = stacked(`${node.name}/all`, flow(node, inputs, 2), shape, builder);
  return { ...all, name: builder.node(node.name, 'Gather', [all.name, builder.wideVector(inputs[1]!)]) };
};

/** As long as it was, or as its last index asks for. */
const scatter: Translate = (node, inputs, builder) => {
  const list = flow(node, inputs, 3);
  const value = builder.modelOrder(itemAt(node, inputs, 2, list));
  const own = builder.wideVector(builder.plain(size(node, list, builder), 0));
  const last = list.list.grows && behindLast(node.name, inputs[1]!, builder);
  const count = last ? builder.node(`${node.name}/most`, 'Max', [own, last]) : own;
  const name = scattered(node.name, value, inputs[1]!, count, list.list.type, builder);
  const rank = value.rank === undefined ? undefined : value.rank - 1;
  return withBytes(value, listOf(name, list.list, { rank }));
};

const size = (node: TfNode, list: TensorValue, builder: GraphBuilder) =>
  builder.node(`${node.name}/size`, 'SequenceLength', [list.name]);

const split: Translate = (node, inputs, builder) => {
  const list = flow(node, inputs, 3);
  const value = builder.modelOrder(itemAt(node, inputs, 1, list));
  const name = splitByLengths(node.name, value.name, inputs[2]!, builder);
  return withBytes(value, listOf(name, list.list, { rank: value.rank }));
};

export const tensorArrays: Translations = {
  TensorArrayV3: ofLists(1, array, ['handle', 'flow']),
  TensorArrayReadV3: ofLists(3, read),
  TensorArrayWriteV3: ofLists(4, write),
  TensorArrayGatherV3: ofLists(3, gather),
  TensorArrayScatterV3: ofLists(4, scatter),
  TensorArrayConcatV3: ofLists(2, (node, inputs, builder) =>
    concatenated(node.name, flow(node, inputs, 1), builder),
  ),
  TensorArraySplitV3: ofLists(4, split),
  TensorArraySizeV3: ofLists(2, (node, inputs, builder) => length(node, flow(node, inputs, 1), builder)),
};
