import type { Limits, NodeView } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { isSequence, kindOf, type Value } from '../../values/value.ts';
import type { Work } from '../../values/work.ts';
import { MANY, type Routine, type RunContext } from '../common/operator.ts';
import { joined, piece, sliceAt, stacked, tensorOf } from '../common/pieces.ts';
import { optionalOperators } from './optional.ts';

type Sequence = readonly Tensor[];
type Inputs = readonly (Value | undefined)[];

interface Row extends Pick<Routine, 'since' | 'inputs'> {
  readonly opType: string;
  readonly compute: (node: NodeView, inputs: Inputs, limits: Limits) => Value;
}

function routine({ compute, ...row }: Row): Routine {
  return { ...row, run: (node, inputs, { limits }) => [compute(node, inputs, limits)] };
}

function sequenceAt(node: NodeView, inputs: Inputs, index = 0): Sequence {
  const value = inputs[index];
  if (isSequence(value)) return value;
  throw node.error(`input ${index}`, 'a sequence', kindOf(value), 'ERR_INVALID_TYPE');
}

const tensorAt = (node: NodeView, inputs: Inputs, index: number) => tensorOf(node, index, inputs[index]);

/** Input `index` as a place in a sequence, counted from the end where it is negative; `absent` without one. */
function position(node: NodeView, index: number, last: number, absent?: number): number {
  if (absent !== undefined && !node.hasInput(index)) return absent;
  const [at] = node.requiredOperand(index, 1) as [number];
  const from = at < 0 ? at + (absent === undefined ? last + 1 : absent) : at;
  if (from >= 0 && from <= last) return from;
  throw node.error(`input ${index}`, `a place from ${-last - 1} to ${last}`, at);
}

function checkSameTypes(node: NodeView, items: Sequence): Sequence {
  const other = items.find(({ type }) => type !== items[0]!.type);
  if (other) throw node.error('types of the sequence', items[0]!.type, other.type, 'ERR_INVALID_TYPE');
  return items;
}

function concatenated(node: NodeView, items: Sequence): Tensor {
  const [first] = checkSameTypes(node, items);
  if (!first) throw node.error('input 0', 'a sequence of at least one tensor', 'an empty sequence');
  const rank = first.dims.length;
  const stacks = node.flag('new_axis', false);
  const axis = node.axis(stacks ? rank + 1 : rank);
  for (const { dims } of items) {
    const fits =
      dims.length === rank && dims.every((dim, i) => dim === first.dims[i] || (i === axis && !stacks));
    if (!fits)
      throw node.error(
        'dims in the sequence',
        `those of the first, [${first.dims}]`,
        dims,
        'ERR_INVALID_SHAPE',
      );
  }
  return stacks ? stacked(items, axis) : joined(items, axis);
}

function splitToSequence(node: NodeView, x: Tensor, { maxIterations }: Limits): Sequence {
  const axis = node.axis(x.dims.length, 0);
  const dim = x.dims[axis]!;
  /** The pieces of `size`; an empty tensor may have any number of them. */
  const even = <T>(size: number, item: (index: number) => T): T[] => {
    const length = Math.ceil(dim / Math.max(1, size));
    if (length <= maxIterations) return Array.from({ length }, (_, i) => item(i));
    throw node.error('pieces of the split', `at most ${maxIterations}`, length, 'ERR_LIMIT_EXCEEDED');
  };
  if (!node.hasInput(1)) {
    const keeps = node.flag('keepdims', true);
    return even(1, (i) => (keeps ? piece(x, axis, i, 1) : sliceAt(x, axis, i)));
  }
  const given = node.requiredOperand(1);
  const [size] = given as [number];
  const sizes = node.input(1).dims.length > 0 ? given : even(size, (i) => Math.min(size, dim - i * size));
  if (sizes.some((size) => size < 0) || sizes.reduce((sum, size) => sum + size, 0) !== dim)
    throw node.error('split', `sizes that add up to ${dim}`, given);
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return piece(x, axis, start - size, size);
  });
}

/** Runs its graph for each tensor of its sequences. */
function* mapped(node: NodeView, inputs: Inputs, context: RunContext): Work<Value[]> {
  const body = node.graph('body');
  const first = sequenceAt(node, inputs);
  for (const [index, value] of inputs.entries()) {
    if (isSequence(value) && value.length !== first.length)
      throw node.error(`length of input ${index}`, String(first.length), value.length, 'ERR_INVALID_SHAPE');
  }
  if (body.inputs.length !== inputs.length)
    throw node.error('inputs of attribute body', String(inputs.length), body.inputs.length);
  if (body.outputs.length !== node.node.outputs.length)
    throw node.error('outputs of attribute body', String(node.node.outputs.length), body.outputs.length);
  const results: Tensor[][] = body.outputs.map(() => []);
  for (let at = 0; at < first.length; at++) {
    yield* context.iterate();
    const own = inputs.map((value) => (isSequence(value) ? value[at]! : value!));
    const outputs = yield* context.runGraph(body, own);
    for (const i of outputs.keys()) results[i]!.push(tensorAt(node, outputs, i));
  }
  return results.map((items) => checkSameTypes(node, items));
}

const inserted = (items: Sequence, at: number, item: Tensor) => [
  ...items.slice(0, at),
  item,
  ...items.slice(at),
];

export const sequenceOperators: Routine[] = [
  routine({ opType: 'SequenceEmpty', since: 11, inputs: [0, 0], compute: () => [] }),
  routine({
    opType: 'SequenceConstruct',
    since: 11,
    inputs: [1, MANY],
    compute: (node, inputs) =>
      checkSameTypes(
        node,
        inputs.map((_, index) => tensorAt(node, inputs, index)),
      ),
  }),
  routine({
    opType: 'SequenceAt',
    since: 11,
    inputs: [2, 2],
    compute(node, inputs) {
      const items = sequenceAt(node, inputs);
      return items[position(node, 1, items.length - 1)]!;
    },
  }),
  routine({
    opType: 'SequenceInsert',
    since: 11,
    inputs: [2, 3],
    compute(node, inputs) {
      const items = sequenceAt(node, inputs);
      const at = position(node, 2, items.length, items.length);
      return checkSameTypes(node, inserted(items, at, tensorAt(node, inputs, 1)));
    },
  }),
  routine({
    opType: 'SequenceErase',
    since: 11,
    inputs: [1, 2],
    compute(node, inputs) {
      const items = sequenceAt(node, inputs);
      const at = node.hasInput(1) ? position(node, 1, items.length - 1) : items.length - 1;
      if (items.length === 0)
        throw node.error('input 0', 'a sequence of at least one tensor', 'an empty sequence');
      return items.toSpliced(at, 1);
    },
  }),
  routine({
    opType: 'SequenceLength',
    since: 11,
    inputs: [1, 1],
    compute: (node, inputs) => new Tensor('int64', [BigInt(sequenceAt(node, inputs).length)], []),
  }),
  routine({
    opType: 'ConcatFromSequence',
    since: 11,
    inputs: [1, 1],
    compute: (node, inputs) => concatenated(node, sequenceAt(node, inputs)),
  }),
  routine({
    opType: 'SplitToSequence',
    since: 11,
    inputs: [1, 2],
    compute: (node, inputs, limits) => splitToSequence(node, tensorAt(node, inputs, 0), limits),
  }),
  { opType: 'SequenceMap', since: 17, inputs: [1, MANY], outputs: [1, MANY], run: mapped },
  ...optionalOperators,
];
