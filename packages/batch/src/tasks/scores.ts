import { rangeError, type Tensor } from '@zeroskip/tensor';
import { rounded, sharesOf } from './shares.ts';
import type { Task, TaskInput, TaskResult } from './task.ts';
import { unexpectedOutput } from './unexpected-output.ts';

/** A class and its score. */
export interface Score {
  readonly label: string;
  /** The number of the label. */
  readonly class: number;
  readonly score: number;
}

/** The name of a class, or its number where there is none. */
export function labelOf(labels: readonly string[] | undefined, index: number): string {
  return labels?.[index] ?? String(index);
}

/** The error for another number of labels than there are classes. */
export function wrongLabels(classes: number, labels: number): Error {
  return rangeError('the labels', `${classes} names, as the network has classes`, labels);
}

/** The task `scores`. */
export function scoresResult(
  { activation = 'none', labels, top = 5 }: Task,
  { what }: TaskInput,
  output: Tensor,
): TaskResult {
  const long = output.dims.filter((dim) => dim !== 1);
  if (output.type !== 'float32' || long.length > 1 || output.size === 0) {
    throw unexpectedOutput(what, 'float32 scores of classes, as 1 × N', output);
  }
  if (labels && labels.length !== output.size) throw wrongLabels(output.size, labels.length);
  const scores: Score[] = [...sharesOf(output.data as Float32Array, activation)]
    .map((score, index) => ({ label: labelOf(labels, index), class: index, score: rounded(score) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, top);
  return { record: { scores } };
}
