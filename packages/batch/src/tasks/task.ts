import type { Tensor } from '@zeroskip/tensor';
import type { Placement } from '../images/placement.ts';

/** What is made of a network's output. */
export const taskNames = ['mask', 'cutout', 'scores', 'boxes', 'image', 'tensor', 'outputs'] as const;

/**
 * - `mask`: a grey PNG of the photo's size;
 * - `cutout`: a PNG of the photo, as opaque as the mask is light;
 * - `scores`: classes with their scores, the highest first;
 * - `boxes`: objects in pixels of the photo, without those that overlap;
 * - `image`: a PNG of the output itself, 1 × 1 or 3 × H × W or 1 × H × W × 1 or 3, of values from 0 to 1;
 * - `tensor`: the output as a .npy file;
 * - `outputs`: all outputs, as tensors, for programs.
 */
export type TaskName = (typeof taskNames)[number];

/** What turns an output into shares from 0 to 1, where the network does not do so itself. */
export const activations = ['none', 'sigmoid', 'softmax', 'minmax'] as const;
export type Activation = (typeof activations)[number];

/**
 * How boxes lie in the output: `yolov5`: rows of x, y, width, height, objectness and classes; `yolov8`: columns of x,
 * y, width, height and classes; `yolov10`: rows of left, top, right, bottom, score and class, without overlaps.
 */
export const boxFormats = ['yolov5', 'yolov8', 'yolov10'] as const;
export type BoxFormat = (typeof boxFormats)[number];

/** A task with its settings. */
export interface Task {
  readonly task: TaskName;
  /** The network's output. Default the first. */
  readonly output?: string;
  /** Default `none`. */
  readonly activation?: Activation;
  /** Names of classes, by their number. */
  readonly labels?: readonly string[];
  /** Classes of `scores`, at most. Default 5. */
  readonly top?: number;
  /** The least score of a box. Default 0.25. */
  readonly threshold?: number;
  /** What boxes of one class may share of their union. Default 0.45. */
  readonly iou?: number;
  /** Default `yolov8` where there are more columns than rows, else `yolov5`. */
  readonly boxes?: BoxFormat;
  /** Whether a PNG of the photo with its boxes is made, too. Default false. */
  readonly draw?: boolean;
}

/** What a task made of one input. */
export interface TaskResult {
  /** A file, with its name's ending: `png` or `npy`. */
  readonly file?: { readonly ending: string; readonly bytes: Uint8Array };
  /** What fits a line of JSON. */
  readonly record?: Readonly<Record<string, unknown>>;
  /** Of the task `outputs`. */
  readonly outputs?: Readonly<Record<string, Tensor>>;
}

/** One input, as a task needs it beside the network's output. */
export interface TaskInput {
  readonly file: Uint8Array;
  /** Absent for arrays. */
  readonly placement?: () => Promise<Placement>;
  /** Its role, for errors. */
  readonly what: string;
}
