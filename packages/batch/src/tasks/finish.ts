import type { Tensor } from '@zeroskip/tensor';
import { pngOf } from '../images/pictures.ts';
import { writeNpy } from '../npy.ts';
import { boxesResult } from './boxes.ts';
import { maskResult } from './mask.ts';
import { scoresResult } from './scores.ts';
import type { Task, TaskInput, TaskName, TaskResult } from './task.ts';

type Finish = (task: Task, input: TaskInput, output: Tensor) => TaskResult | Promise<TaskResult>;

/** What each task makes of the network's output. */
const tasks: Record<Exclude<TaskName, 'outputs'>, Finish> = {
  mask: maskResult,
  cutout: maskResult,
  scores: scoresResult,
  boxes: boxesResult,
  image: async (_task, { what }, output) => ({
    file: { ending: 'png', bytes: await pngOf(output, `the output of ${what}`) },
  }),
  tensor: (_task, _input, output) => ({ file: { ending: 'npy', bytes: writeNpy(output) } }),
};

/**
 * What a task makes of a network's outputs for one input.
 * @param outputs those that were fetched, the task's own first
 * @throws with code `ERR_INVALID_SHAPE` where the output is not what the task takes
 */
export async function finish(
  task: Task,
  input: TaskInput,
  outputs: Readonly<Record<string, Tensor>>,
): Promise<TaskResult> {
  if (task.task === 'outputs') return { outputs };
  return tasks[task.task](task, input, Object.values(outputs)[0]!);
}
