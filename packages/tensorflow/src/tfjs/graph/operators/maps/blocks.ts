import { int } from '@zeroskip/onnx';
import { type GraphBuilder, row, type Translate, type Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import type { TensorValue } from '../../value.ts';

function blockSizes(node: TfNode, operand: TensorValue | undefined, builder: GraphBuilder): [number, number] {
  const sizes = builder.integers(node, operand, 'the block sizes');
  if (sizes.length !== 2)
    throw node.unsupported('the block sizes', 'one for rows and one for columns', sizes);
  return sizes as [number, number];
}

/** What is added or cut off before and behind rows and columns, as two vectors. */
function edges(node: TfNode, operand: TensorValue, builder: GraphBuilder): [string, string] {
  const turned = builder.permuted(builder.wide(operand).name, [1, 0]);
  return builder.emitter
    .multiple(`${node.name}/edges`, 'Split', [turned], 2, { axis: int(0), num_outputs: int(2) })
    .map((part) => builder.reshape(`${node.name}/edge`, part, [-1])) as [string, string];
}

/** Where a map is cut into blocks for a dilated convolution, the whole map is padded and keeps its place. */
const spaceToBatch: Translate = (node, [input, block, paddings], builder) => {
  const blocks = blockSizes(node, block, builder);
  const map = builder.map(node, input!);
  const [before, after] = edges(node, paddings!, builder);
  const none = builder.int64s(`${node.name}/none`, [0, 0]);
  const pads = builder.node(`${node.name}/pads`, 'Concat', [none, before, none, after], { axis: int(0) });
  return { ...builder.like(map, builder.node(node.name, 'Pad', [map.name, pads])), blocks };
};

const batchToSpace: Translate = (node, [input, block, crops], builder) => {
  const blocks = blockSizes(node, block, builder);
  if (input!.blocks?.join() !== blocks.join()) {
    throw node.unsupported(
      'the input',
      'a convolution between SpaceToBatchND and this',
      input!.blocks ?? 'others',
    );
  }
  const [starts, after] = edges(node, crops!, builder);
  const sizes = builder.node(`${node.name}/sizes`, 'Shape', [input!.name], { start: int(2) });
  const ends = builder.node(`${node.name}/ends`, 'Sub', [sizes, after]);
  const operands = [starts, ends, builder.int64s(`${node.name}/axes`, [2, 3])];
  return builder.like(input!, builder.node(node.name, 'Slice', [input!.name, ...operands]));
};

export const blocks: Translations = {
  SpaceToBatchND: row(3, spaceToBatch),
  BatchToSpaceND: row(3, batchToSpace),
};
