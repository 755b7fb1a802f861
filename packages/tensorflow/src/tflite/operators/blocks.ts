import type { GraphBuilder } from '../../tfjs/graph/builder.ts';
import type { LiteNode } from '../node.ts';
import { row, type Translate, type Translations } from '../translation.ts';
import { written } from './tensorflow.ts';

const CONVOLUTIONS: ReadonlySet<string> = new Set(['CONV_2D', 'DEPTHWISE_CONV_2D']);

/** Sizes of blocks, and two numbers for each of these axes, which follow the first. */
function operands(node: LiteNode, builder: GraphBuilder) {
  const tf = node.tensorFlow({});
  const blocks = builder.integers(tf, node.raw(1), 'the block sizes');
  const pairs = builder.integers(tf, node.raw(2), 'the paddings or crops');
  const { dims } = node.tensor(0);
  const isRight = blocks.length > 0 && blocks.length < dims.length && pairs.length === 2 * blocks.length;
  if (!isRight || blocks.some((block) => block < 1) || pairs.some((size) => size < 0)) {
    const expected = `sizes from 1, fewer than ${dims.length}, and two sizes from 0 for each`;
    throw node.error('blocks', expected, { blocks, pairs });
  }
  return {
    blocks,
    befores: blocks.map((_, i) => pairs[2 * i]!),
    afters: blocks.map((_, i) => pairs[2 * i + 1]!),
  };
}

const range = (length: number, first = 0) => Array.from({ length }, (_, at) => first + at);

/** Where convolutions alone read the blocks, their map is left whole: they are dilated in its place. */
const spaceToBatch: Translate = (node, builder) => {
  const isDilation =
    node.tensor(0).dims.length === 4 &&
    node.tensor(1).dims[0] === 2 &&
    node.readers.every((reader) => CONVOLUTIONS.has(reader));
  if (isDilation) return written('SpaceToBatchND', node, builder);
  const { blocks, befores, afters } = operands(node, builder);
  const { dims } = node.tensor(0);
  const rest = dims.slice(1 + blocks.length);
  const zeros = rest.map(() => 0);
  const pads = builder.int64s(`${node.name}/pads`, [0, ...befores, ...zeros, 0, ...afters, ...zeros]);
  const padded = builder.node(`${node.name}/padded`, 'Pad', [builder.modelOrder(node.input(0)).name, pads]);
  const sizes = blocks.map((block, i) => Math.floor((dims[1 + i]! + befores[i]! + afters[i]!) / block));
  const cut = [-1, ...blocks.flatMap((block, i) => [sizes[i]!, block]), ...rest];
  const perm = [
    ...blocks.map((_, i) => 2 + 2 * i),
    0,
    ...blocks.map((_, i) => 1 + 2 * i),
    ...range(rest.length, 1 + 2 * blocks.length),
  ];
  const parts = builder.reshape(`${node.name}/cut`, padded, cut);
  const turned = builder.permuted(parts, perm);
  return builder.plain(builder.reshape(node.name, turned, [-1, ...sizes, ...rest]), dims.length);
};

const batchToSpace: Translate = (node, builder) => {
  const input = node.input(0);
  if (input.blocks) return written('BatchToSpaceND', node, builder);
  const { blocks, befores, afters } = operands(node, builder);
  const { dims } = node.tensor(0);
  const rest = dims.slice(1 + blocks.length);
  const count = blocks.length;
  const sizes = dims.slice(1, 1 + count);
  const parts = builder.reshape(`${node.name}/parts`, builder.modelOrder(input).name, [
    ...blocks,
    -1,
    ...sizes,
    ...rest,
  ]);
  const perm = [count, ...blocks.flatMap((_, i) => [count + 1 + i, i]), ...range(rest.length, 2 * count + 1)];
  const whole = builder.reshape(`${node.name}/whole`, builder.permuted(parts, perm), [
    -1,
    ...sizes.map((size, i) => size * blocks[i]!),
    ...rest,
  ]);
  const slice = [
    builder.int64s(`${node.name}/starts`, befores),
    builder.int64s(
      `${node.name}/ends`,
      sizes.map((size, i) => size * blocks[i]! - afters[i]!),
    ),
    builder.int64s(`${node.name}/axes`, range(count, 1)),
  ];
  return builder.plain(builder.node(node.name, 'Slice', [whole, ...slice]), dims.length);
};

export const blocks: Translations = {
  SPACE_TO_BATCH_ND: row(3, spaceToBatch),
  BATCH_TO_SPACE_ND: row(3, batchToSpace),
};

/** Operators that take a map that is cut into blocks. */
export const ofBlocks: ReadonlySet<string> = new Set([...CONVOLUTIONS, 'BATCH_TO_SPACE_ND']);
