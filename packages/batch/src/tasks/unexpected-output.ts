import { rangeError, type Tensor } from '@zeroskip/tensor';

/** The error for an output that is not what the task takes. */
export function unexpectedOutput(what: string, expected: string, { type, dims }: Tensor): Error {
  return rangeError(`the output of ${what}`, expected, `${type} ${dims.join(' × ')}`, 'ERR_INVALID_SHAPE');
}
