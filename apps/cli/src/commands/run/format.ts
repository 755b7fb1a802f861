import type { Task, TaskName } from '@zeroskip/batch';
import { InvalidArgumentError } from 'commander';

const FORMATS = ['npy', 'png', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/** Tasks by the files that they make. */
const TASKS: Record<Format, readonly TaskName[]> = {
  npy: ['tensor'],
  png: ['image', 'mask', 'cutout', 'boxes'],
  json: ['scores', 'boxes'],
};

/** The format of `--output`, by its ending. */
export function formatOf(path: string): Format {
  const format = FORMATS.find((each) => path.toLowerCase().endsWith(`.${each}`));
  if (format === undefined) {
    throw new InvalidArgumentError(`Expected a .npy, .png or .json file for --output, received "${path}".`);
  }
  return format;
}

/**
 * The task that makes a file of a format: the one that is asked for, or the preset's where it makes such files.
 * @param asked by `--task`
 */
export function taskFor(format: Format, task: Partial<Task>, asked: TaskName | undefined): Task {
  const tasks = TASKS[format];
  const name = task.task ?? tasks[0]!;
  if (tasks.includes(name)) return { ...task, task: name, draw: format === 'png' };
  if (asked === undefined) return { ...task, task: tasks[0]! };
  throw new InvalidArgumentError(
    `Expected one of ${tasks.join(', ')} for --task with a .${format} file as --output, received "${asked}".`,
  );
}
