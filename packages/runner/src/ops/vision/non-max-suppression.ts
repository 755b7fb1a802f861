import type { Tensor } from '@zeroskip/tensor';
import { sameDims } from '../../model/dims.ts';
import type { NodeView } from '../../model/node-view.ts';
import type { Operator } from '../common/operator.ts';
import { filled } from '../common/results.ts';

interface Box {
  readonly index: number;
  readonly score: number;
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Boxes of one image as corners, in whichever order the model gives these. */
function boxesOf(node: NodeView, boxes: Tensor, scores: Float32Array, image: number): Box[] {
  const count = boxes.dims[1]!;
  const centred = node.flag('center_point_box', false);
  return Array.from({ length: count }, (_, index) => {
    const at = 4 * (image * count + index);
    const [a, b, c, d] = (boxes.data as Float32Array).subarray(at, at + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const score = scores[index]!;
    if (centred)
      return { index, score, top: b - d / 2, left: a - c / 2, bottom: b + d / 2, right: a + c / 2 };
    const [top, left] = [Math.min(a, c), Math.min(b, d)];
    return { index, score, top, left, bottom: Math.max(a, c), right: Math.max(b, d) };
  });
}

/** Intersection over union; 0 where a box is empty. */
function overlap(a: Box, b: Box): number {
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  if (!(height > 0 && width > 0)) return 0;
  const area = (box: Box) => (box.bottom - box.top) * (box.right - box.left);
  return (height * width) / (area(a) + area(b) - height * width);
}

function selected(node: NodeView, boxes: Tensor, scores: Tensor): [number, number, number][] {
  const [images, classes, count] = scores.dims as [number, number, number];
  const most = node.operand(2)?.[0] ?? 0;
  const iou = node.operand(3)?.[0] ?? 0;
  const least = node.operand(4)?.[0] ?? Number.NEGATIVE_INFINITY;
  if (!(iou >= 0 && iou <= 1)) throw node.error('iou_threshold', 'from 0 to 1', iou);
  const all: [number, number, number][] = [];
  for (let image = 0; image < images; image++) {
    for (let each = 0; each < classes; each++) {
      const start = (image * classes + each) * count;
      const own = (scores.data as Float32Array).subarray(start, start + count);
      const candidates = boxesOf(node, boxes, own, image).filter(({ score }) => score > least);
      candidates.sort((a, b) => b.score - a.score || a.index - b.index);
      const kept: Box[] = [];
      for (const box of candidates) {
        if (kept.length >= most) break;
        if (kept.every((better) => overlap(better, box) <= iou)) kept.push(box);
      }
      for (const { index } of kept) all.push([image, each, index]);
    }
  }
  return all;
}

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
    return [{ type: 'int64', dims: [selected(node, node.constant(0), node.constant(1)).length, 3] }];
  },
  evaluate: (node, [boxes, scores], [out]) =>
    filled<BigInt64Array>(out!, (to) => to.set(selected(node, boxes!, scores!).flat().map(BigInt))),
};
