/** One object in a photo. */
export interface Box {
  readonly label: string;
  /** The number of the label. */
  readonly class: number;
  readonly score: number;
  /** Left, top, right and bottom, in pixels of the photo. */
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
}

function overlap(a: Box['box'], b: Box['box']): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = ([x1, y1, x2, y2]: Box['box']) => (x2 - x1) * (y2 - y1);
  const shared = width * height;
  return shared / (area(a) + area(b) - shared);
}

/**
 * Non-maximum suppression: drops boxes of the same class that share more than `iou` of their union with one of a higher
 * score. The rest is in the order of scores.
 */
export function suppress(boxes: readonly Box[], iou: number): Box[] {
  const kept: Box[] = [];
  for (const box of boxes.toSorted((a, b) => b.score - a.score)) {
    if (kept.every((other) => other.class !== box.class || overlap(other.box, box.box) <= iou))
      kept.push(box);
  }
  return kept;
}
