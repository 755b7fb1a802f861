import type { GraphBuilder, Translation } from '../builder.ts';
import type { TfNode } from '../node.ts';
import { kindOf, type TensorValue } from '../value.ts';
import { ofBlocks } from './index.ts';

/** The outputs of a node, whose inputs must be of the kinds that its operator takes. */
export function translated(
  node: TfNode,
  { inputs: least, translate, takes = [] }: Translation,
  inputs: readonly TensorValue[],
  builder: GraphBuilder,
): readonly TensorValue[] {
  if (inputs.length < least) throw node.error('number of inputs', `at least ${least}`, inputs.length);
  for (const [index, value] of inputs.entries()) {
    if (value.blocks !== undefined && !ofBlocks.has(node.op)) {
      throw node.unsupported('the input', 'a whole map', 'one that SpaceToBatchND cut into blocks');
    }
    const kind = value.list
      ? 'lists'
      : value.isComplex
        ? 'complex'
        : value.bytes !== undefined
          ? 'strings'
          : undefined;
    if (kind === undefined || takes.includes(kind)) continue;
    throw node.error(`input ${index}`, 'a tensor of numbers', kindOf(value), 'ERR_INVALID_TYPE');
  }
  return [translate(node, inputs, builder)].flat();
}
