import { modelError } from '@zeroskip/onnx';
import type { GraphBuilder } from '../tfjs/graph/builder.ts';
import type { TensorValue } from '../tfjs/graph/value.ts';
import type { LiteNode } from './node.ts';
import type { Activated } from './options.ts';

/** How the nodes of one operator are written: all their outputs, as numbers. */
export type Translate = (node: LiteNode, builder: GraphBuilder) => TensorValue | readonly TensorValue[];

export interface Translation {
  /** Fewest inputs. */
  readonly inputs: number;
  readonly translate: Translate;
  /** Whether outputs are as the model has them: integers, where they are quantized. */
  readonly isRaw?: true;
}

/** By operator; custom ones by their code. */
export type Translations = Readonly<Record<string, Translation>>;

export const row = (inputs: number, translate: Translate): Translation => ({ inputs, translate });

/** Fused activations, by their number in the schema. */
const ACTIVATIONS = ['NONE', 'RELU', 'RELU_N1_TO_1', 'RELU6', 'TANH'] as const;

type Bounds = readonly [low: number, high: number];

export function clipped(name: string, value: TensorValue, [low, high]: Bounds, builder: GraphBuilder) {
  const bounds = [low, high].map((bound) => builder.scalar(`${name}/bound`, 'float32', bound));
  return { ...value, name: builder.node(name, 'Clip', [value.name, ...bounds]) };
}

/** What a fused activation makes of a value. */
export function activated(
  node: LiteNode,
  value: TensorValue,
  kind: number,
  builder: GraphBuilder,
): TensorValue {
  const name = `${node.name}/activation`;
  const act = (opType: string) => ({ ...value, name: builder.node(name, opType, [value.name]) });
  switch (ACTIVATIONS[kind]) {
    case 'NONE':
      return value;
    case 'RELU':
      return act('Relu');
    case 'RELU_N1_TO_1':
      return clipped(name, value, [-1, 1], builder);
    case 'RELU6':
      return clipped(name, value, [0, 6], builder);
    case 'TANH':
      return act('Tanh');
    default:
      throw node.unsupported('the fused activation', `one of ${ACTIVATIONS.join(', ')}`, kind);
  }
}

/** A row whose one output goes through the activation that its options name. */
export const fused = (
  inputs: number,
  options: Activated,
  translate: (node: LiteNode, builder: GraphBuilder) => TensorValue,
): Translation =>
  row(inputs, (node, builder) =>
    activated(node, translate(node, builder), node.options(options).activation, builder),
  );

/** What a translation of TensorFlow's gives, of which only one value is wanted. */
export function single(values: TensorValue | readonly TensorValue[]): TensorValue {
  const [value] = [values].flat() as TensorValue[];
  if (value === undefined) throw modelError('outputs of a node', 'one', 'none');
  return value;
}
