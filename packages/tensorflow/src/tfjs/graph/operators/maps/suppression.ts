import { int } from '@zeroskip/onnx';
import { type GraphBuilder, row, type Translate, type Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import type { TensorValue } from '../../value.ts';
import { partsOf } from '../parts.ts';

/** Boxes that are chosen, by their indices as int64, and the scores that they have then. */
interface Chosen {
  readonly indices: string;
  readonly scores: string;
}

/** Boxes of one image, of one class. */
function hard(node: TfNode, inputs: readonly TensorValue[], builder: GraphBuilder): Chosen {
  const [boxes, scores, most, overlap, least] = inputs;
  const { name } = node;
  const first = builder.int64s(`${name}/first`, [0]);
  const images = builder.node(`${name}/boxes`, 'Unsqueeze', [boxes!.name, first]);
  const axes = builder.int64s(`${name}/axes`, [0, 1]);
  const classes = builder.node(`${name}/scores`, 'Unsqueeze', [scores!.name, axes]);
  const limits = [builder.wideVector(most!), overlap!.name, ...(least ? [least.name] : [])];
  const chosen = builder.node(`${name}/chosen`, 'NonMaxSuppression', [images, classes, ...limits]);
  const last = builder.scalar(`${name}/last`, 'int64', 2);
  const indices = builder.node(`${name}/indices`, 'Gather', [chosen, last], { axis: int(1) });
  return { indices, scores: builder.node(`${name}/selected`, 'Gather', [scores!.name, indices]) };
}

/** By how much each box overlaps the box of an index: intersection over union. */
function overlaps(name: string, boxes: string, index: string, builder: GraphBuilder): string {
  const { node } = partsOf(name, builder);
  const own = node('box', 'Gather', [boxes, index]);
  const side = (of: string, axis: number, from: number, opType: 'Min' | 'Max') => {
    const at = (place: number) =>
      node('corner', 'Gather', [of, builder.scalar(`${name}/place`, 'int64', place)], { axis: int(axis) });
    return node('side', opType, [at(from), at(from + 2)]);
  };
  const zero = builder.scalar(`${name}/zero`, 'float32', 0);
  const area = (of: string, axis: number) =>
    node('area', 'Mul', [
      node('height', 'Sub', [side(of, axis, 0, 'Max'), side(of, axis, 0, 'Min')]),
      node('width', 'Sub', [side(of, axis, 1, 'Max'), side(of, axis, 1, 'Min')]),
    ]);
  const common = (from: number) => {
    const end = node('end', 'Min', [side(boxes, 1, from, 'Max'), side(own, 0, from, 'Max')]);
    const begin = node('begin', 'Max', [side(boxes, 1, from, 'Min'), side(own, 0, from, 'Min')]);
    return node('common', 'Max', [node('length', 'Sub', [end, begin]), zero]);
  };
  const shared = node('shared', 'Mul', [common(0), common(1)]);
  const both = node('both', 'Sub', [node('sum', 'Add', [area(boxes, 1), area(own, 0)]), shared]);
  const isEmpty = node('isEmpty', 'LessOrEqual', [shared, zero]);
  const divisor = node('divisor', 'Where', [isEmpty, builder.scalar(`${name}/one`, 'float32', 1), both]);
  return builder.reshape(`${name}/overlap`, node('share', 'Div', [shared, divisor]), [-1]);
}

/** The box of the highest score, again and again: what overlaps it loses of its score. */
function soft(target: TfNode, inputs: readonly TensorValue[], sigma: number, builder: GraphBuilder): Chosen {
  const { name } = target;
  const [boxes, scores, most, overlap, least] = inputs as [
    TensorValue,
    TensorValue,
    TensorValue,
    TensorValue,
    TensorValue,
  ];
  const inner = builder.nested();
  const carried = inner.emitter.reserve(`${name}/scores`);
  const { node } = partsOf(name, inner);
  const best = (values: string, into: typeof node) =>
    into('best', 'ReduceMax', [values], { keepdims: int(0) });
  const score = best(carried, node);
  const index = node('index', 'ArgMax', [carried], { axis: int(0), keepdims: int(0) });
  const share = overlaps(name, boxes.name, index, inner);
  const square = node('square', 'Mul', [
    node('scaled', 'Mul', [share, share]),
    inner.scalar(`${name}/factor`, 'float32', -0.5 / sigma),
  ]);
  const isFar = node('isFar', 'LessOrEqual', [share, overlap.name]);
  const weight = node('weight', 'Where', [
    isFar,
    node('decay', 'Exp', [square]),
    inner.scalar(`${name}/none`, 'float32', 0),
  ]);
  const decayed = node('decayed', 'Mul', [carried, weight]);
  const place = node('place', 'Unsqueeze', [index, inner.int64s(`${name}/first`, [0])]);
  const gone = inner.emitter.floats(`${name}/gone`, [Number.NEGATIVE_INFINITY]);
  const next = node('next', 'ScatterElements', [decayed, place, gone]);
  const isAbove = (values: string, into: typeof node) =>
    into('isAbove', 'Greater', [best(values, into), least.name]);
  const types = new Map([
    [index, { type: 'int64' as const, dims: [] }],
    [score, { type: 'float32' as const, dims: [] }],
  ]);
  const outputs = [isAbove(next, node), next, index, score];
  const body = inner.emitter.loopBody(name, [carried], () => outputs, types);
  const first = isAbove(scores.name, partsOf(name, builder).node);
  const operands = [builder.wide(most).name, first, scores.name];
  const [, indices, selected] = builder.emitter.multiple(name, 'Loop', operands, 3, { body });
  return { indices: indices!, scores: selected! };
}

/** With zeros behind, as many as may be chosen of the boxes, which is what TensorFlow.js makes of it. */
function padded(
  name: string,
  value: string,
  [boxes, , most]: readonly TensorValue[],
  builder: GraphBuilder,
): string {
  const { node, int64s } = partsOf(name, builder);
  const all = node('boxCount', 'Shape', [boxes!.name], { end: int(1) });
  const length = node('length', 'Min', [builder.wideVector(most!), all]);
  const missing = node('missing', 'Sub', [length, node('count', 'Shape', [value])]);
  const pads = node('pads', 'Concat', [int64s('front', 0), missing], { axis: int(0) });
  return node('padded', 'Pad', [value, pads]);
}

const suppression =
  (kind: 'indices' | 'count' | 'scores'): Translate =>
  (node, inputs, builder) => {
    const [sigma = 0] = kind === 'scores' ? builder.floats(node, inputs[5], 'soft_nms_sigma') : [];
    const chosen = sigma > 0 ? soft(node, inputs, sigma, builder) : hard(node, inputs, builder);
    const fills = kind !== 'indices' && node.flag('pad_to_max_output_size');
    const whole = (value: string) => (fills ? padded(node.name, value, inputs, builder) : value);
    const indices = builder.plain(builder.cast(node.name, whole(chosen.indices), 'int32'), 1);
    if (kind === 'indices') return indices;
    const size = builder.node(`${node.name}/count`, 'Size', [chosen.indices]);
    const count = builder.plain(builder.cast(`${node.name}/valid`, size, 'int32'), 0);
    if (kind === 'count') return [indices, count];
    return [indices, builder.plain(whole(chosen.scores), 1), count];
  };

export const suppressions: Translations = {
  NonMaxSuppressionV2: row(4, suppression('indices')),
  NonMaxSuppressionV3: row(5, suppression('indices')),
  NonMaxSuppressionV4: row(5, suppression('count'), ['selected_indices', 'valid_outputs']),
  NonMaxSuppressionV5: row(6, suppression('scores'), [
    'selected_indices',
    'selected_scores',
    'valid_outputs',
  ]),
};
