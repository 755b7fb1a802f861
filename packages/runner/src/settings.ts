import { availableParallelism } from 'node:os';
import { algorithm } from '@zeroskip/kernels';
import { type Plan, parsePlan } from '@zeroskip/selector';
import { assertInteger, typeError } from '@zeroskip/tensor';
import { type Limits, resolveLimits } from './limits.ts';
import type { SessionOptions } from './options.ts';

const optionNames = ['intraOpNumThreads', 'algorithm', 'plan', 'onProgress', 'limits'];

/** Session options, checked, with defaults. */
export interface Settings {
  readonly threads: number;
  readonly limits: Limits;
  readonly algorithm: string;
  readonly plan: Plan | undefined;
  readonly onProgress: SessionOptions['onProgress'];
}

export function settingsOf(options: SessionOptions): Settings {
  if (typeof options !== 'object' || options === null)
    throw typeError('session options', 'an object', options);
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) {
      throw typeError('session options', `only ${optionNames.join(', ')}`, name, 'ERR_INVALID_ARGUMENT');
    }
  }
  const { intraOpNumThreads = availableParallelism(), algorithm: id = 'auto', onProgress, plan } = options;
  assertInteger('intraOpNumThreads', intraOpNumThreads, 1, 1024);
  if (typeof id !== 'string') throw typeError('algorithm', 'an id or auto', id);
  if (id !== 'auto') algorithm(id);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw typeError('onProgress', 'a function', onProgress);
  return {
    threads: intraOpNumThreads,
    limits: resolveLimits(options.limits),
    algorithm: id,
    plan: plan && parsePlan(plan),
    onProgress,
  };
}
