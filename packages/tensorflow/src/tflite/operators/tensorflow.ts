import type { GraphBuilder } from '../../tfjs/graph/builder.ts';
import { translations } from '../../tfjs/graph/operators/index.ts';
import type { NodeEntry } from '../../tfjs/graph/schema.ts';
import type { TensorValue } from '../../tfjs/graph/value.ts';
import type { LiteNode } from '../node.ts';
import { row, single, type Translation } from '../translation.ts';

export type Attributes = NodeEntry['attr'];

export const i = (value: number) => ({ i: value });
export const f = (value: number) => ({ f: value });
export const b = (value: boolean) => ({ b: value });
export const listI = (values: readonly number[]) => ({ list: { i: [...values] } });

/** What the operator `op` of TensorFlow is written as, of the same meaning. */
export function written(
  op: string,
  node: LiteNode,
  builder: GraphBuilder,
  attributes: Attributes = {},
  inputs: readonly TensorValue[] = node.inputs(),
): TensorValue | readonly TensorValue[] {
  const { inputs: least, translate } = translations.get(op)!;
  if (inputs.length < least) throw node.error('number of inputs', `at least ${least}`, inputs.length);
  return translate(node.tensorFlow(attributes), inputs, builder);
}

/** The same, of one output. */
export const writtenSingle = (...args: Parameters<typeof written>): TensorValue => single(written(...args));

/** An operator that TensorFlow has, too, with the same inputs. */
export const same = (
  inputs: number,
  op: string,
  attributes: (node: LiteNode) => Attributes = () => ({}),
): Translation => row(inputs, (node, builder) => written(op, node, builder, attributes(node)));

/** Attribute T: whether values are floats, or stand for such. */
export const numberType = (node: LiteNode): Attributes => ({
  T: { type: node.isFloat(0) ? 'DT_FLOAT' : 'DT_INT32' },
});
