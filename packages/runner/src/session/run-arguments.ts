import { describe, Tensor, typeError } from '@zeroskip/tensor';
import type { Fetches, RunOptions } from './options.ts';

export interface RunRequest {
  /** Output names, each with the tensor to fill where there is one. */
  readonly fetches: ReadonlyMap<string, Tensor | undefined>;
  readonly options: RunOptions;
}

const optionNames = ['signal', 'trace'];

function checkOptions(options: unknown): RunOptions {
  if (typeof options !== 'object' || options === null) throw typeError('run options', 'an object', options);
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) {
      throw typeError('run options', `only ${optionNames.join(' and ')}`, name, 'ERR_INVALID_ARGUMENT');
    }
  }
  const { signal, trace } = options as RunOptions;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw typeError('signal', 'an AbortSignal', signal);
  if (trace !== undefined && typeof trace !== 'function') throw typeError('trace', 'a function', trace);
  return options as RunOptions;
}

function checkFetches(outputNames: readonly string[], fetches: Fetches): Map<string, Tensor | undefined> {
  const entries = Array.isArray(fetches)
    ? fetches.map((name) => [name, undefined] as const)
    : Object.entries(fetches as Record<string, Tensor | null>);
  const checked = new Map<string, Tensor | undefined>();
  for (const [name, tensor] of entries) {
    if (!outputNames.includes(name)) {
      throw typeError(
        'fetches',
        `outputs of the model (${outputNames.join(', ')})`,
        name,
        'ERR_INVALID_ARGUMENT',
      );
    }
    if (tensor && !(tensor instanceof Tensor)) {
      throw typeError(
        `fetch ${JSON.stringify(name)}`,
        'a Tensor of @zeroskip/tensor, or null',
        describe(tensor),
      );
    }
    checked.set(name, tensor ?? undefined);
  }
  if (checked.size === 0) throw typeError('fetches', 'at least one output', 'none', 'ERR_INVALID_ARGUMENT');
  return checked;
}

/** Sorts out `run`'s optional arguments: fetches, options, both or neither. */
export function runRequest(
  outputNames: readonly string[],
  first: Fetches | RunOptions | undefined,
  second: RunOptions | undefined,
): RunRequest {
  const all = () => new Map(outputNames.map((name) => [name, undefined] as const));
  if (first === undefined) return { fetches: all(), options: checkOptions(second ?? {}) };
  if (typeof first !== 'object' || first === null) throw typeError('fetches', 'names or an object', first);
  const isFetches =
    Array.isArray(first) ||
    second !== undefined ||
    Object.keys(first).some((name) => outputNames.includes(name));
  if (!isFetches) return { fetches: all(), options: checkOptions(first) };
  return { fetches: checkFetches(outputNames, first as Fetches), options: checkOptions(second ?? {}) };
}
