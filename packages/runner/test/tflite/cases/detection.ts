import { flexMap } from '../flex-map.ts';
import { fed, type OperatorCase } from '../operator-case.ts';

const OPTIONS = {
  max_detections: 3,
  max_classes_per_detection: 1,
  detections_per_class: 2,
  nms_score_threshold: 0.25,
  nms_iou_threshold: 0.5,
  num_classes: 2,
  use_regular_nms: false,
  y_scale: 10,
  x_scale: 10,
  h_scale: 5,
  w_scale: 5,
};

/** Centres and sizes: two anchors in one place, and one apart. */
const ANCHORS = [
  [0.5, 0.5, 1, 1],
  [0.5, 0.5, 1, 1],
  [0.5, 5.5, 1, 1],
];
/** Moved by a tenth of the anchor's height, the second twice as wide, the third as it is. */
const ENCODED = [
  [1, 0, 0, 0],
  [0, 0, 0, 5 * Math.log(2)],
  [0, 0, 0, 0],
];
const FIRST = [0.1, 0, 1.1, 1];
const SECOND = [0, -0.5, 1, 1.5];
const THIRD = [0, 5, 1, 6];
const NOTHING = [0, 0, 0, 0];

/** Of the background, and of two classes. */
const SCORES = [
  [0.1, 0.75, 0.3],
  [0.1, 0.25, 0.5],
  [0.1, 0.0, 0.25],
];

interface Detected {
  readonly boxes: readonly (readonly number[])[];
  readonly classes: readonly number[];
  readonly scores: readonly number[];
  readonly count: number;
}

function detector(
  title: string,
  options: Partial<Record<keyof typeof OPTIONS, number | boolean>>,
  found: Detected,
): OperatorCase {
  const { boxes, classes, scores, count } = found;
  const places = boxes.length;
  return {
    title,
    op: 'TFLite_Detection_PostProcess',
    custom: flexMap({ ...OPTIONS, ...options }),
    operands: [
      fed([1, 3, 4], ENCODED.flat()),
      fed([1, 3, 3], SCORES.flat()),
      { dims: [3, 4], values: ANCHORS.flat() },
    ],
    results: [
      { dims: [1, places, 4], values: boxes.flat() },
      { dims: [1, places], values: classes },
      { dims: [1, places], values: scores },
      { dims: [1], values: [count] },
    ],
  };
}

export const detectionCases: readonly OperatorCase[] = [
  detector(
    'boxes that overlap are one, whichever their class; a score at the threshold counts',
    {},
    {
      boxes: [FIRST, SECOND, THIRD],
      classes: [0, 1, 1],
      scores: [0.75, 0.5, 0.25],
      count: 3,
    },
  ),
  detector(
    'boxes that overlap more than a lower threshold are one',
    { nms_iou_threshold: 0.375 },
    {
      boxes: [FIRST, THIRD, NOTHING],
      classes: [0, 1, 0],
      scores: [0.75, 0.25, 0],
      count: 2,
    },
  ),
  detector(
    'two classes of each box',
    { max_classes_per_detection: 2, max_detections: 2 },
    {
      boxes: [FIRST, FIRST, SECOND, SECOND],
      classes: [0, 1, 1, 0],
      scores: [0.75, 0.3, 0.5, 0.25],
      count: 2,
    },
  ),
  detector(
    'boxes of different classes are several',
    { use_regular_nms: true, nms_iou_threshold: 0.375 },
    {
      boxes: [FIRST, SECOND, THIRD],
      classes: [0, 1, 1],
      scores: [0.75, 0.5, 0.25],
      count: 3,
    },
  ),
];
