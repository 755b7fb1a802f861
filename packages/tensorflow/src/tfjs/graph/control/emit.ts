import type { AttributeValue, Subgraph } from '@zeroskip/onnx';
import type { GraphBuilder } from '../builder.ts';
import type { TfNode } from '../node.ts';
import { kindOf, type TensorValue } from '../value.ts';

/** Writes values into the graph of a builder. */
export type Write = (builder: GraphBuilder) => readonly TensorValue[];

/** From what a loop carries. */
type Step = (builder: GraphBuilder, values: readonly TensorValue[]) => readonly TensorValue[];

const graph = (value: Subgraph): AttributeValue => ({ kind: 'graph', value });

/** The values of ONNX that a value consists of. */
const namesOf = ({ name, bytes }: TensorValue) => (bytes === undefined ? [name] : [name, bytes]);

/** A value as it goes in and out of graphs inside nodes. */
function plain(node: TfNode, value: TensorValue, builder: GraphBuilder): TensorValue {
  if (value.blocks)
    throw node.unsupported('a value', 'a whole map', 'one that SpaceToBatchND cut into blocks');
  if (value.isComplex) throw node.unsupported('a value', 'a tensor of numbers or strings', kindOf(value));
  const { name, rank, order, bytes, list } = builder.modelOrder(value);
  return { name, rank, order, ...(bytes !== undefined && { bytes }), ...(list && { list }) };
}

/** `value` under names that `names` gives one after the other. */
function renamed(value: TensorValue, names: Iterator<string>): TensorValue {
  const name = names.next().value as string;
  return value.bytes === undefined ? { ...value, name } : { ...value, name, bytes: names.next().value };
}

/** What two values have in common that stand for the same tensor. */
function common(node: TfNode, a: TensorValue, b: TensorValue): TensorValue {
  if ((a.bytes === undefined) !== (b.bytes === undefined) || a.list?.type !== b.list?.type) {
    throw node.error('a value', kindOf(a), kindOf(b), 'ERR_INVALID_TYPE');
  }
  return { ...a, rank: a.rank === b.rank ? a.rank : undefined };
}

/** A condition for ONNX: one bool. */
function truth(node: TfNode, value: TensorValue | undefined, builder: GraphBuilder): string {
  if (value === undefined || value.list || value.bytes !== undefined) {
    const received = value === undefined ? 'none' : kindOf(value);
    throw node.error('the condition', 'a number or a bool', received, 'ERR_INVALID_TYPE');
  }
  return builder.cast(`${node.name}/condition`, value.name, 'bool');
}

/**
 * Values of one of two graphs.
 * @param sides for a condition that is false, and for one that is true
 */
export function conditional(
  node: TfNode,
  condition: TensorValue | undefined,
  sides: readonly [Write, Write],
  builder: GraphBuilder,
): TensorValue[] {
  const test = truth(node, condition, builder);
  const written = sides.map((write) => {
    const inner = builder.nested();
    const values = write(inner).map((value) => plain(node, value, inner));
    return { values, graph: inner.emitter.subgraph([], values.flatMap(namesOf)) };
  });
  const [otherwise, then] = written as [(typeof written)[0], (typeof written)[0]];
  if (then.values.length !== otherwise.values.length) {
    throw node.error('outputs of the branches', String(then.values.length), otherwise.values.length);
  }
  const values = then.values.map((value, i) => common(node, value, otherwise.values[i]!));
  if (values.length === 0) return [];
  const attributes = { then_branch: graph(then.graph), else_branch: graph(otherwise.graph) };
  const count = values.flatMap(namesOf).length;
  const names = builder.emitter.multiple(node.name, 'If', [test], count, attributes).values();
  return values.map((value) => renamed(value, names));
}

/** Computes from what is carried whether there is a next iteration, and what it carries. */
export interface Iteration {
  readonly condition: Step;
  readonly body: Step;
  /** Whether the body leaves a value as it was: such values are read, not carried. */
  readonly isPassed: readonly boolean[];
}

/** What `iteration` makes of `given`, as often as its condition holds. */
export function repeated(
  node: TfNode,
  given: readonly TensorValue[],
  { condition, body, isPassed }: Iteration,
  builder: GraphBuilder,
): TensorValue[] {
  const initial = given.map((value, i) => (isPassed[i] ? value : plain(node, value, builder)));
  const isCarried = (_value: unknown, i: number) => !isPassed[i];
  const [test] = condition(builder, initial);
  const first = truth(node, test, builder);
  let carried = initial.filter(isCarried);
  if (carried.length === 0) throw node.error('the loop', 'a value that an iteration changes', 'none');
  const operands = ['', first, ...carried.flatMap(namesOf)];
  for (;;) {
    const inner = builder.nested();
    const own = carried.flatMap(namesOf).map(() => inner.emitter.reserve(`${node.name}/carried`));
    const [names, inside] = [own.values(), carried.values()];
    const values = initial.map((value, i) => (isPassed[i] ? value : renamed(inside.next().value!, names)));
    const results = body(inner, values);
    if (results.length !== initial.length) {
      throw node.error('outputs of the body', String(initial.length), results.length);
    }
    const next = results.filter(isCarried).map((value) => plain(node, value, inner));
    const fitting = carried.map((value, i) => common(node, value, next[i]!));
    // A rank that an iteration changes is not known in the next one.
    if (fitting.some(({ rank }, i) => rank !== carried[i]!.rank)) {
      carried = fitting;
      continue;
    }
    const after = next.values();
    const [goes] = condition(
      inner,
      values.map((value, i) => (isPassed[i] ? value : after.next().value!)),
    );
    const outputs = [truth(node, goes, inner), ...next.flatMap(namesOf)];
    const attributes = { body: inner.emitter.loopBody(node.name, own, () => outputs) };
    const made = builder.emitter.multiple(node.name, 'Loop', operands, own.length, attributes).values();
    const done = carried.map((value) => renamed(value, made)).values();
    return initial.map((value, i) => (isPassed[i] ? value : done.next().value!));
  }
}
