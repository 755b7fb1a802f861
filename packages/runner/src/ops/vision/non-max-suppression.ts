import { type NodeView, sameDims } from '@zeroskip/onnx';
import { Heap } from '../common/heap.ts';
import type { Operator } from '../common/operator.ts';
import { filled, once } from '../common/results.ts';

/** Numbers of a box that is kept: its top, left, bottom and right, and its area. */
const KEPT = 5;

/** The numbers of a box of which the model has a centre and a size, or two corners in whichever order, at `at`. */
function boxAt(
  given: Float32Array,
  at: number,
  isCentred: boolean,
): [number, number, number, number, number] {
  const [a, b, c, d] = [given[at]!, given[at + 1]!, given[at + 2]!, given[at + 3]!];
  const [top, bottom] = isCentred ? [b - d / 2, b + d / 2] : [Math.min(a, c), Math.max(a, c)];
  const [left, right] = isCentred ? [a - c / 2, a + c / 2] : [Math.min(b, d), Math.max(b, d)];
  return [top, left, bottom, right, (bottom - top) * (right - left)];
}

/** Whether the intersection of a box with one that is kept is more than a share of their union; the last ones first. */
function isOverlapped(kept: readonly number[], box: ReturnType<typeof boxAt>, share: number): boolean {
  const [top, left, bottom, right, area] = box;
  for (let at = kept.length - KEPT; at >= 0; at -= KEPT) {
    const height = Math.min(kept[at + 2]!, bottom) - Math.max(kept[at]!, top);
    if (!(height > 0)) continue;
    const width = Math.min(kept[at + 3]!, right) - Math.max(kept[at + 1]!, left);
    if (!(width > 0)) continue;
    const common = height * width;
    if (!(common / (kept[at + 4]! + area - common) <= share)) return true;
  }
  return false;
}

/** Places of the scores above `least`, from the highest on; of equal ones the first is first. */
function bestFirst(scores: Float32Array, least: number): Heap {
  const places = new Int32Array(scores.length);
  let size = 0;
  for (let place = 0; place < scores.length; place++) if (scores[place]! > least) places[size++] = place;
  return new Heap(places.subarray(0, size), (i, j) => {
    const [a, b] = [scores[i]!, scores[j]!];
    return a === b ? i < j : a > b;
  });
}

/** Image, class and index of each box that is selected, one after the other. */
const selected = once((node: NodeView): number[] => {
  const boxes = node.constant(0).data as Float32Array;
  const scores = node.constant(1);
  const isCentred = node.flag('center_point_box', false);
  const [images, classes, count] = scores.dims as [number, number, number];
  const most = node.operand(2)?.[0] ?? 0;
  const iou = node.operand(3)?.[0] ?? 0;
  const least = node.operand(4)?.[0] ?? Number.NEGATIVE_INFINITY;
  if (!(iou >= 0 && iou <= 1)) throw node.error('iou_threshold', 'from 0 to 1', iou);
  const all: number[] = [];
  for (let image = 0; image < images; image++) {
    for (let each = 0; each < classes; each++) {
      const start = (image * classes + each) * count;
      const heap = bestFirst((scores.data as Float32Array).subarray(start, start + count), least);
      const kept: number[] = [];
      while (kept.length < most * KEPT) {
        const index = heap.pop();
        if (index === undefined) break;
        const box = boxAt(boxes, 4 * (image * count + index), isCentred);
        if (isOverlapped(kept, box, iou)) continue;
        kept.push(...box);
        all.push(image, each, index);
      }
    }
  }
  return all;
});

/** Per image and class, the boxes of the highest scores that overlap none of a higher score by more than a share. */
export const nonMaxSuppression: Operator = {
  opType: 'NonMaxSuppression',
  dataDims: true,
  since: 10,
  inputs: [2, 5],
  types: [['float32'], ['float32'], ['int64'], ['float32'], ['float32']],
  infer(node) {
    const [boxes, scores] = [node.input(0).dims, node.input(1).dims];
    if (boxes.length !== 3 || boxes[2] !== 4)
      throw node.error('dims of input 0', '[images, boxes, 4]', boxes, 'ERR_INVALID_SHAPE');
    if (scores.length !== 3 || !sameDims([scores[0]!, scores[2]!], boxes.slice(0, 2)))
      throw node.error('dims of input 1', `[${boxes[0]}, classes, ${boxes[1]}]`, scores, 'ERR_INVALID_SHAPE');
    return [{ type: 'int64', dims: [selected(node).length / 3, 3] }];
  },
  evaluate: (node, _inputs, [out]) =>
    filled<BigInt64Array>(out!, (to) => {
      for (const [i, value] of selected(node).entries()) to[i] = BigInt(value);
    }),
};
