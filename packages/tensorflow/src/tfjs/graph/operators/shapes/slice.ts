import { type GraphBuilder, row, type Translate, type Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import { axisOf, type TensorValue } from '../../value.ts';

const TO_END = Number.MAX_SAFE_INTEGER;
const TO_START = -TO_END;

const bit = (mask: number, at: number) => ((mask >> at) & 1) === 1;

/** One index of a strided slice: where it stands in the operands, and which axis of the input it goes along. */
interface Span {
  readonly at: number;
  readonly axis: number;
  /** Whether only one element is taken, and the axis goes away. */
  readonly isPoint: boolean;
}

interface Layout {
  readonly spans: readonly Span[];
  /** Axes of the result that are new, and those of the slice that go away. */
  readonly added: readonly number[];
  readonly removed: readonly number[];
}

/** What the masks of a strided slice say. */
function layoutOf(node: TfNode, count: number, rank: number | undefined): Layout {
  const [shrink, fresh, ellipsis] = ['shrink_axis_mask', 'new_axis_mask', 'ellipsis_mask'].map((key) =>
    node.int(key),
  ) as [number, number, number];
  const indices = Array.from({ length: count }, (_, at) => at);
  const taken = indices.filter((at) => !bit(fresh, at) && !bit(ellipsis, at)).length;
  const spans: Span[] = [];
  const [added, removed]: [number[], number[]] = [[], []];
  let [axis, out] = [0, 0];
  for (const at of indices) {
    if (bit(ellipsis, at)) {
      if (rank === undefined) throw node.unsupported('rank of the input', 'a known one', 'an open one');
      axis += rank - taken;
      out += rank - taken;
    } else if (bit(fresh, at)) {
      added.push(out);
      out += 1;
    } else {
      const isPoint = bit(shrink, at);
      spans.push({ at, axis, isPoint });
      if (isPoint) removed.push(axis);
      else out += 1;
      axis += 1;
    }
  }
  if (rank !== undefined && axis > rank)
    throw node.error('indices', `at most ${rank}`, axis, 'ERR_INVALID_SHAPE');
  return { spans, added, removed };
}

/** Starts and ends as vectors for ONNX, where all are weights. */
function constantRange(
  node: TfNode,
  spans: readonly Span[],
  inputs: readonly TensorValue[],
  builder: GraphBuilder,
) {
  const [begins, ends, steps] = ['begin', 'end', 'strides'].map((what, i) =>
    builder.integers(node, inputs[i + 1], what),
  ) as [number[], number[], number[]];
  const last = Math.max(0, ...spans.map(({ at }) => at + 1));
  if ([begins, ends, steps].some(({ length }) => length < last)) {
    const lengths = [begins.length, ends.length, steps.length];
    throw node.error('numbers of begins, ends and strides', `at least ${last}`, lengths, 'ERR_INVALID_SHAPE');
  }
  const [beginMask, endMask] = [node.int('begin_mask'), node.int('end_mask')];
  const step = (at: number) => steps[at] ?? 1;
  const starts = spans.map(({ at, isPoint }) => {
    if (isPoint || !bit(beginMask, at)) return begins[at]!;
    return step(at) > 0 ? 0 : TO_END;
  });
  const stops = spans.map(({ at, isPoint }) => {
    if (isPoint) return begins[at] === -1 ? TO_END : begins[at]! + 1;
    if (!bit(endMask, at)) return ends[at]!;
    return step(at) > 0 ? TO_END : TO_START;
  });
  const { name } = node;
  return [
    builder.int64s(`${name}/starts`, starts),
    builder.int64s(`${name}/ends`, stops),
    spans.map(({ at, isPoint }) => (isPoint ? 1 : step(at))),
  ] as const;
}

/** Starts and ends that the graph computes; the strides are weights. */
function computedRange(
  node: TfNode,
  spans: readonly Span[],
  inputs: readonly TensorValue[],
  builder: GraphBuilder,
) {
  const steps = builder.integers(node, inputs[3], 'strides');
  const negative = steps.find((step) => step < 1);
  if (negative !== undefined) throw node.unsupported('strides beside computed indices', 'from 1', negative);
  const { name } = node;
  const flags = (what: string, has: (span: Span) => boolean) => {
    const numbers = builder.int64s(
      `${name}/${what}`,
      spans.map((span) => Number(has(span))),
    );
    return builder.cast(`${name}/${what}`, numbers, 'bool');
  };
  const chosen = builder.int64s(
    `${name}/indices`,
    spans.map(({ at }) => at),
  );
  const own = (input: TensorValue, what: string) =>
    builder.node(`${name}/${what}`, 'Gather', [builder.wide(input).name, chosen]);
  const where = (condition: string, a: string, b: string) =>
    builder.node(`${name}/where`, 'Where', [condition, a, b]);
  const end = builder.int64s(`${name}/toEnd`, [TO_END]);
  const zero = builder.int64s(`${name}/zero`, [0]);
  const begins = own(inputs[1]!, 'begins');
  const beginMask = node.int('begin_mask');
  const endMask = node.int('end_mask');
  const starts = where(
    flags('fromStart', ({ at, isPoint }) => !isPoint && bit(beginMask, at)),
    zero,
    begins,
  );
  const next = builder.node(`${name}/next`, 'Add', [begins, builder.int64s(`${name}/one`, [1])]);
  const afterPoint = where(builder.node(`${name}/isLast`, 'Equal', [next, zero]), end, next);
  const open = where(
    flags('toEnd', ({ at }) => bit(endMask, at)),
    end,
    own(inputs[2]!, 'ends'),
  );
  const stops = where(
    flags('points', ({ isPoint }) => isPoint),
    afterPoint,
    open,
  );
  return [starts, stops, spans.map(({ at, isPoint }) => (isPoint ? 1 : (steps[at] ?? 1)))] as const;
}

const stridedSlice: Translate = (node, inputs, builder) => {
  const lengths = inputs.slice(1, 4).map(({ constant, length }) => constant?.dims[0] ?? length);
  const count = lengths.find((length) => length !== undefined);
  if (lengths.some((length) => length !== undefined && length !== count)) {
    throw node.error('numbers of begins, ends and strides', 'equal ones', lengths, 'ERR_INVALID_SHAPE');
  }
  if (count === undefined) throw node.unsupported('number of indices', 'a known one', 'an open one');
  const given = inputs[0]!;
  const { spans, added, removed } = layoutOf(node, count, given.rank);
  const isMap = given.order === 'channelsSecond' && added.length === 0 && removed.length === 0;
  const input = isMap ? given : builder.modelOrder(given);
  const isKnown = inputs.slice(1, 4).every((operand) => operand.constant !== undefined);
  const [starts, ends, steps] = (isKnown ? constantRange : computedRange)(node, spans, inputs, builder);
  const axes = builder.int64s(
    `${node.name}/axes`,
    spans.map(({ axis }) => axisOf(input, axis)),
  );
  const operands = [input.name, starts, ends, axes, builder.int64s(`${node.name}/steps`, steps)];
  let name = spans.length === 0 ? input.name : builder.node(node.name, 'Slice', operands);
  if (removed.length > 0) {
    name = builder.node(`${node.name}/points`, 'Squeeze', [
      name,
      builder.int64s(`${node.name}/removed`, removed),
    ]);
  }
  if (added.length > 0) {
    name = builder.node(`${node.name}/fresh`, 'Unsqueeze', [
      name,
      builder.int64s(`${node.name}/added`, added),
    ]);
  }
  if (isMap) return builder.like(input, name);
  const rank = input.rank === undefined ? undefined : input.rank + added.length - removed.length;
  return builder.plain(name, rank, rank === 1 ? sliceLength(node, inputs, builder) : undefined);
};

/** Elements of a part of a vector, where all is known. */
function sliceLength(
  node: TfNode,
  inputs: readonly TensorValue[],
  builder: GraphBuilder,
): number | undefined {
  const whole = inputs[0]!.length;
  const masks = node.int('new_axis_mask') + node.int('ellipsis_mask') + node.int('shrink_axis_mask');
  if (
    whole === undefined ||
    masks !== 0 ||
    inputs.slice(1, 4).some(({ constant }) => constant === undefined)
  ) {
    return undefined;
  }
  const [begin, end, step] = [1, 2, 3].map((i) => builder.integers(node, inputs[i], 'indices')[0] ?? 0) as [
    number,
    number,
    number,
  ];
  if (step < 1) return undefined;
  const clamp = (index: number) => Math.min(Math.max(index < 0 ? index + whole : index, 0), whole);
  const from = node.int('begin_mask') & 1 ? 0 : clamp(begin);
  const to = node.int('end_mask') & 1 ? whole : clamp(end);
  return Math.max(0, Math.ceil((to - from) / step));
}

/** A size of -1 reaches to the end. */
const slice: Translate = (node, inputs, builder) => {
  const [input, begin, size] = inputs as [TensorValue, TensorValue, TensorValue];
  const { name } = node;
  const starts = builder.wideVector(begin);
  const sizes = builder.wideVector(size);
  const stops = builder.node(`${name}/stops`, 'Add', [starts, sizes]);
  const open = builder.node(`${name}/open`, 'Equal', [sizes, builder.int64s(`${name}/rest`, [-1])]);
  const toEnd = builder.int64s(`${name}/toEnd`, [TO_END]);
  const operands = [input.name, starts, builder.node(`${name}/ends`, 'Where', [open, toEnd, stops])];
  if (input.order === 'channelsSecond') operands.push(builder.int64s(`${name}/axes`, [0, 2, 3, 1]));
  const rank = input.rank ?? size.length ?? size.constant?.dims[0];
  return builder.like({ ...input, rank }, builder.node(name, 'Slice', operands));
};

const axesOf: Axes = (node, value, builder) => builder.integers(node, value, 'the axes');

type Axes = (node: TfNode, value: TensorValue | undefined, builder: GraphBuilder) => number[];

/** Of one bool for each axis. */
const flaggedAxes: Axes = (node, value) => {
  if (value?.constant?.type !== 'bool')
    throw node.unsupported('the axes', 'a constant', 'a value of the graph');
  const flags = Array.from(value.constant.load().data as Uint8Array);
  return flags.flatMap((flag, axis) => (flag ? [axis] : []));
};

const reverse =
  (find: Axes): Translate =>
  (node, inputs, builder) => {
    const input = builder.modelOrder(inputs[0]!);
    const axes = find(node, inputs[1], builder);
    const vector = (what: string, value: number) =>
      builder.int64s(
        `${node.name}/${what}`,
        axes.map(() => value),
      );
    const operands = [
      input.name,
      vector('starts', -1),
      vector('ends', TO_START),
      builder.int64s(`${node.name}/axes`, axes),
      vector('steps', -1),
    ];
    return builder.like(input, builder.node(node.name, 'Slice', operands));
  };

export const slices: Translations = {
  StridedSlice: row(4, stridedSlice),
  Slice: row(3, slice),
  Reverse: row(2, reverse(flaggedAxes)),
  ReverseV2: row(2, reverse(axesOf)),
};
