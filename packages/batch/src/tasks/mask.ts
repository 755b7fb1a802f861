import { rangeError, type Tensor } from '@zeroskip/tensor';
import { cutOutPng, maskPng, photoMask } from '../images/pictures.ts';
import type { Size } from '../images/shape.ts';
import { sharesOf } from './shares.ts';
import type { Task, TaskInput, TaskResult } from './task.ts';
import { unexpectedOutput } from './unexpected-output.ts';

/** The size of a mask with one channel. */
function maskSize({ type, dims, size }: Tensor): Size | undefined {
  const long = dims.filter((dim) => dim !== 1);
  const [height, width] = long.length === 2 ? long : dims.length === 4 ? dims.slice(2) : dims.slice(-2);
  // One row of values is classes rather than a mask.
  const isRow = dims.length < 3 && long.length < 2;
  if (type !== 'float32' || isRow || height! * width! !== size || size === 0) return undefined;
  return { height: height!, width: width! };
}

/** The task `mask`, or `cutout`. */
export async function maskResult(
  { task, activation = 'none' }: Task,
  { file, placement: placementOf, what }: TaskInput,
  output: Tensor,
): Promise<TaskResult> {
  const size = maskSize(output);
  if (size === undefined)
    throw unexpectedOutput(what, 'a float32 mask of one channel, as 1 × 1 × H × W', output);
  if (placementOf === undefined) throw rangeError(what, `an image, for the task ${task}`, 'an array');
  const placement = await placementOf();
  const mask = await photoMask(sharesOf(output.data as Float32Array, activation), size, placement);
  const make = task === 'mask' ? maskPng(mask, placement.photo) : cutOutPng(file, mask, placement.photo);
  return { file: { ending: 'png', bytes: await make } };
}
