import { rangeError, type Tensor } from '@zeroskip/tensor';
import { drawBoxes } from '../images/draw.ts';
import { type Placement, toPhoto } from '../images/placement.ts';
import { type Box, suppress } from './box.ts';
import { labelOf } from './scores.ts';
import { rounded, sigmoid } from './shares.ts';
import type { Activation, BoxFormat, Task, TaskInput, TaskResult } from './task.ts';
import { unexpectedOutput } from './unexpected-output.ts';

/** Values by object and field. */
interface Rows {
  readonly count: number;
  readonly fields: number;
  at(row: number, field: number): number;
}

/** A place, and the score of one class. */
const LEAST_FIELDS = 5;

function rowsOf({ data, dims }: Tensor, format: BoxFormat): Rows {
  const values = data as Float32Array;
  const [first, second] = dims.slice(-2) as [number, number];
  if (format === 'yolov8') {
    return { count: second, fields: first, at: (row, field) => values[field * second + row]! };
  }
  return { count: first, fields: second, at: (row, field) => values[row * second + field]! };
}

/** The class with the highest score, from field `first` on. */
function best({ fields, at }: Rows, row: number, first: number): { index: number; score: number } {
  let index = 0;
  for (let i = 1; i < fields - first; i++) if (at(row, first + i) > at(row, first + index)) index = i;
  return { index, score: at(row, first + index) };
}

/** Corners from the middle and the size, in pixels of the network's input. */
function corners({ at }: Rows, row: number): [number, number, number, number] {
  const [x, y, width, height] = [at(row, 0), at(row, 1), at(row, 2), at(row, 3)];
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

type Found = readonly [index: number, score: number, corners: [number, number, number, number]];
type Share = (value: number) => number;

const readers: Record<BoxFormat, (rows: Rows, row: number, share: Share) => Found> = {
  yolov5(rows, row, share) {
    const { index, score } = best(rows, row, 5);
    return [index, share(score) * share(rows.at(row, 4)), corners(rows, row)];
  },
  yolov8(rows, row, share) {
    const { index, score } = best(rows, row, 4);
    return [index, share(score), corners(rows, row)];
  },
  yolov10(rows, row, share) {
    const [x1, y1, x2, y2, score, index] = [0, 1, 2, 3, 4, 5].map((field) => rows.at(row, field));
    return [index!, share(score!), [x1!, y1!, x2!, y2!]];
  },
};

/** What makes a share of one score. */
function shareOf(activation: Activation): Share {
  if (activation === 'none') return (value) => value;
  if (activation === 'sigmoid') return sigmoid;
  throw rangeError('the activation of the task boxes', 'none or sigmoid', activation);
}

function formatOf({ boxes }: Task, output: Tensor, what: string): BoxFormat {
  const { type, dims } = output;
  const [rows, columns] = dims.slice(-2) as [number, number];
  const format = boxes ?? (columns > rows ? 'yolov8' : 'yolov5');
  const fields = format === 'yolov8' ? rows : columns;
  const fits = format === 'yolov10' ? fields === 6 : fields >= LEAST_FIELDS + (format === 'yolov5' ? 1 : 0);
  if (type === 'float32' && dims.length === 3 && dims[0] === 1 && fits) return format;
  const expected = `float32 boxes as ${format} has them (1 × ${format === 'yolov8' ? 'fields × boxes' : 'boxes × fields'})`;
  throw unexpectedOutput(what, expected, output);
}

function boxesOf(task: Task, output: Tensor, placement: Placement, what: string): Box[] {
  const { labels, threshold = 0.25, iou = 0.45, activation = 'none' } = task;
  const format = formatOf(task, output, what);
  const share = shareOf(activation);
  const rows = rowsOf(output, format);
  const found: Box[] = [];
  for (let row = 0; row < rows.count; row++) {
    const [index, score, [x1, y1, x2, y2]] = readers[format](rows, row, share);
    if (!(score >= threshold)) continue;
    const [left, top] = toPhoto(placement, x1, y1);
    const [right, bottom] = toPhoto(placement, x2, y2);
    const box = [left, top, right, bottom].map(rounded) as unknown as Box['box'];
    found.push({ label: labelOf(labels, index), class: index, score: rounded(score), box });
  }
  return suppress(found, format === 'yolov10' ? 1 : iou);
}

/** The task `boxes`. */
export async function boxesResult(
  task: Task,
  { file, placement: placementOf, what }: TaskInput,
  output: Tensor,
): Promise<TaskResult> {
  if (placementOf === undefined) throw rangeError(what, 'an image, for the task boxes', 'an array');
  const placement = await placementOf();
  const boxes = boxesOf(task, output, placement, what);
  if (!task.draw) return { record: { boxes } };
  return {
    record: { boxes },
    file: { ending: 'png', bytes: await drawBoxes(file, boxes, placement.photo) },
  };
}
