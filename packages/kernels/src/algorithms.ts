import { ZeroskipRangeError } from '@zeroskip/tensor';
import type { AlgorithmInfo, TargetInfo } from './addon.ts';
import { loadAddon } from './load-addon.ts';

/**
 * Which algorithms may run: `strict` ones sum float32 products of inputs and weights and nothing else; `standard` has
 * no such limit.
 */
export type Accuracy = 'strict' | 'standard';
export const accuracies: readonly Accuracy[] = ['strict', 'standard'];

let cached: readonly AlgorithmInfo[] | undefined;
let cachedTargets: readonly TargetInfo[] | undefined;

/** Every convolution algorithm, in order of preference; the reference is last. */
export function algorithms(): readonly AlgorithmInfo[] {
  cached ??= loadAddon().algorithms();
  return cached;
}

/** @throws `ZeroskipRangeError` with code `ERR_UNKNOWN_ALGORITHM` that lists the valid ids. */
export function algorithm(id: string): AlgorithmInfo {
  const info = algorithms().find((candidate) => candidate.id === id);
  if (info) return info;
  const ids = algorithms().map((candidate) => candidate.id);
  throw new ZeroskipRangeError(
    `Unknown algorithm ${JSON.stringify(id)}; the algorithms are ${ids.join(', ')}.`,
    {
      code: 'ERR_UNKNOWN_ALGORITHM',
      expected: ids.join(', '),
      received: id,
    },
  );
}

/** The instruction sets that this addon was built for, the best last. */
export function targets(): readonly TargetInfo[] {
  cachedTargets ??= loadAddon().targets();
  return cachedTargets;
}

/**
 * Uses `name` instead of the best supported instruction set, for all convolutions created afterwards.
 * Meant for tests and benchmarks; the environment variable `ZEROSKIP_TARGET` does the same at load.
 */
export function selectTarget(name: string): void {
  const names = targets()
    .filter((target) => target.supported)
    .map((target) => target.name);
  if (!names.includes(name)) {
    throw new ZeroskipRangeError(
      `Expected one of ${names.join(', ')} for the target, received ${JSON.stringify(name)}.`,
      {
        code: 'ERR_INVALID_ARGUMENT',
        expected: names.join(', '),
        received: name,
      },
    );
  }
  loadAddon().selectTarget(name);
  cachedTargets = undefined;
}
