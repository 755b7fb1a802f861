import { int, string } from '@zeroskip/onnx';
import { type GraphBuilder, row, type Translate, type Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import { axisOf, type TensorValue } from '../../value.ts';

/** All that is added before the axes, then all behind them, as ONNX has it. */
function padsOf(node: TfNode, input: TensorValue, paddings: TensorValue, builder: GraphBuilder): string {
  const turned = builder.permuted(builder.wide(paddings).name, [1, 0]);
  if (input.order === 'model') return builder.reshape(`${node.name}/pads`, turned, [-1]);
  const axes = builder.int64s(`${node.name}/axes`, [0, 3, 1, 2]);
  const moved = builder.node(`${node.name}/moved`, 'Gather', [turned, axes], { axis: int(1) });
  return builder.reshape(`${node.name}/pads`, moved, [-1]);
}

const pad: Translate = (node, inputs, builder) => {
  const rank = inputs[0]!.rank ?? inputs[1]!.constant?.dims[0];
  const input = { ...inputs[0]!, rank };
  const value = inputs[2] ? [inputs[2].name] : [];
  const operands = [input.name, padsOf(node, input, inputs[1]!, builder), ...value];
  return builder.like(input, builder.node(node.name, 'Pad', operands));
};

/** Elements from one end of an axis, the outermost first. */
function turned(
  name: string,
  value: string,
  axis: number,
  count: number,
  isFront: boolean,
  builder: GraphBuilder,
): string {
  const at = isFront ? [count - 1, -Number.MAX_SAFE_INTEGER] : [-1, -count - 1];
  const operands = [...at, axis, -1].map((each) => builder.int64s(`${name}/bound`, [each]));
  return builder.node(`${name}/turned`, 'Slice', [value, ...operands]);
}

/** With the elements at the ends once more. */
function symmetric(node: TfNode, input: TensorValue, paddings: readonly number[], builder: GraphBuilder) {
  let { name } = input;
  for (let axis = 0; axis < paddings.length / 2; axis++) {
    const [before, after] = [paddings[2 * axis]!, paddings[2 * axis + 1]!];
    const along = axisOf(input, axis);
    const parts = [
      ...(before > 0 ? [turned(node.name, name, along, before, true, builder)] : []),
      name,
      ...(after > 0 ? [turned(node.name, name, along, after, false, builder)] : []),
    ];
    if (parts.length > 1) name = builder.node(node.name, 'Concat', parts, { axis: int(along) });
  }
  return builder.like(input, name);
}

const mirrorPad: Translate = (node, inputs, builder) => {
  const input = inputs[0]!;
  if (node.choice('mode', ['REFLECT', 'SYMMETRIC']) === 'SYMMETRIC') {
    return symmetric(node, input, builder.integers(node, inputs[1], 'the paddings'), builder);
  }
  const operands = [input.name, padsOf(node, input, inputs[1]!, builder)];
  return builder.like(input, builder.node(node.name, 'Pad', operands, { mode: string('reflect') }));
};

export const pads: Translations = {
  Pad: row(2, pad),
  PadV2: row(3, pad),
  MirrorPad: row(2, mirrorPad),
};
