import { rangeError, typeError } from '@zeroskip/tensor';
import { refusal } from '../refusal.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { RunSettings } from './options.ts';

type Fetches = Record<string, Tensor | null>;

interface RunRequest {
  readonly fetches: Fetches;
  readonly options: RunSettings;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether `value` is a tensor, of this package or of one like it. */
function isTensor(value: unknown): value is Tensor {
  if (value instanceof Tensor) return true;
  return isObject(value) && 'type' in value && 'dims' in value && 'data' in value;
}

function checkOptions(options: unknown): RunSettings {
  if (options === undefined) return {};
  if (!isObject(options)) throw typeError('options', 'an object', options);
  return options;
}

function named(outputNames: readonly string[], names: readonly unknown[]): Fetches {
  if (names.length === 0) throw typeError('fetches', 'at least one name', names);
  const fetches: Fetches = {};
  for (const name of names) {
    if (typeof name !== 'string') throw typeError('fetches', 'names or an object', name);
    if (!outputNames.includes(name))
      throw rangeError('fetches', `outputs of the model (${outputNames.join(', ')})`, name);
    fetches[name] = null;
  }
  return fetches;
}

function checkFeeds(inputNames: readonly string[], feeds: unknown): void {
  if (!isObject(feeds) || feeds instanceof Tensor || Array.isArray(feeds))
    throw typeError('feeds', 'an object of tensors by input name', feeds);
  const missing = inputNames.filter((name) => (feeds as Record<string, unknown>)[name] === undefined);
  if (missing.length === 0) return;
  throw refusal('feeds', `tensors for ${inputNames.join(', ')}`, `none for ${missing.join(', ')}`);
}

/** Sorts out the arguments of `run`, of which the second are fetches where they name an output. */
export function runRequest(
  { inputNames, outputNames }: { inputNames: readonly string[]; outputNames: readonly string[] },
  feeds: unknown,
  first: unknown,
  second: unknown,
): RunRequest {
  checkFeeds(inputNames, feeds);
  if (first !== undefined && !isObject(first)) throw typeError('fetches', 'names or an object', first);
  if (first instanceof Tensor) throw typeError('fetches', 'names or an object', first);
  if (Array.isArray(first)) return { fetches: named(outputNames, first), options: checkOptions(second) };
  const values = (first ?? {}) as Fetches;
  const isFetch = (name: string) =>
    Object.hasOwn(values, name) && (values[name] === null || isTensor(values[name]));
  const fetched = outputNames.filter(isFetch);
  if (fetched.length > 0) {
    const fetches = Object.fromEntries(fetched.map((name) => [name, values[name]!]));
    return { fetches, options: checkOptions(second) };
  }
  const fetches = Object.fromEntries(outputNames.map((name) => [name, null]));
  return { fetches, options: isObject(second) ? second : (values as RunSettings) };
}
