import { type Constant, modelError } from '@zeroskip/onnx';
import type { ErrorCode } from '@zeroskip/tensor';
import type { KerasValue } from './keras-value.ts';
import type { LayerEntry } from './schema.ts';

/** Finds a weight by its layer and kind. */
export type FindWeight = (layer: string, kind: string) => Constant | undefined;

/** One layer of a model: checked access to its configuration and weights. */
export class Layer {
  readonly name: string;
  readonly className: string;
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #findWeight: FindWeight;

  constructor({ class_name, name, config }: LayerEntry, findWeight: FindWeight = () => undefined) {
    this.className = class_name;
    this.name = name ?? (typeof config.name === 'string' && config.name !== '' ? config.name : class_name);
    this.#config = config;
    this.#findWeight = findWeight;
  }

  /** @param dims what its dims must be, undefined where any goes */
  weight(kind: string, dims: readonly (number | undefined)[]): Constant {
    const found = this.#findWeight(this.name, kind);
    if (found === undefined) throw this.error(`weight ${kind}`, 'an entry of the weights manifest', 'none');
    const fits =
      found.dims.length === dims.length && dims.every((dim, i) => dim === undefined || dim === found.dims[i]);
    if (!fits) {
      const expected = `[${dims.map((dim) => dim ?? 'any').join(', ')}]`;
      throw this.error(`shape of weight ${kind}`, expected, found.dims, 'ERR_INVALID_SHAPE');
    }
    return found;
  }

  error(what: string, expected: string, received: unknown, code: ErrorCode = 'ERR_INVALID_MODEL') {
    const { name, className } = this;
    const subject = `${what} of layer ${JSON.stringify(name)} (${className})`;
    return modelError(subject, expected, received, code, { nodeName: name, opType: className });
  }

  unsupported(what: string, expected: string, received: unknown) {
    return this.error(what, expected, received, 'ERR_UNSUPPORTED_OPERATOR');
  }

  /** As it stands in the configuration; null counts as absent. */
  raw(key: string): unknown {
    return Object.hasOwn(this.#config, key) ? (this.#config[key] ?? undefined) : undefined;
  }

  /** The type of the layer's values; Keras 3 writes an object around its name. */
  dtype(): string {
    const value = this.raw('dtype') as { config?: { name?: unknown } } | string | undefined;
    const name = typeof value === 'object' ? value.config?.name : (value ?? 'float32');
    if (typeof name !== 'string') throw this.error('dtype', 'the name of a type', value);
    return name;
  }

  number(key: string, absent?: number): number {
    const value = this.raw(key) ?? absent;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.error(key, 'a number', value);
    return value;
  }

  integer(key: string, absent?: number): number {
    const value = this.raw(key) ?? absent;
    if (!Number.isSafeInteger(value)) throw this.error(key, 'an integer', value);
    return value as number;
  }

  boolean(key: string, absent: boolean): boolean {
    const value = this.raw(key) ?? absent;
    if (typeof value !== 'boolean') throw this.error(key, 'a boolean', value);
    return value;
  }

  string(key: string, absent: string): string {
    const value = this.raw(key) ?? absent;
    if (typeof value !== 'string') throw this.error(key, 'a string', value);
    return value;
  }

  /** One of `choices`; the first when there is none. */
  choice<T extends string>(key: string, choices: readonly T[]): T {
    const value = this.string(key, choices[0]!);
    if (!choices.includes(value as T)) throw this.error(key, `one of ${choices.join(', ')}`, value);
    return value as T;
  }

  integers(key: string): number[] {
    const value = this.raw(key);
    if (!Array.isArray(value) || !value.every(Number.isSafeInteger)) {
      throw this.error(key, 'a list of integers', value);
    }
    return value as number[];
  }

  /** A positive integer. */
  count(key: string, absent?: number): number {
    const value = this.raw(key) ?? absent;
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      throw this.error(key, 'a positive integer', value);
    return value as number;
  }

  /** A size per spatial axis, given as a list or as one number for all. */
  sizes(key: string, axes: number, absent?: readonly number[]): number[] {
    const value = this.raw(key) ?? absent;
    const list = typeof value === 'number' ? Array.from({ length: axes }, () => value) : value;
    const ok =
      Array.isArray(list) && list.length === axes && list.every((x) => Number.isSafeInteger(x) && x > 0);
    if (!ok) throw this.error(key, axes === 1 ? 'a positive integer' : `${axes} positive integers`, value);
    return list as number[];
  }

  /** Whether channels are the last axis. */
  get channelsLast(): boolean {
    return this.choice('data_format', ['channels_last', 'channels_first']) === 'channels_last';
  }

  /** The only input. */
  only(inputs: readonly KerasValue[], ranks: readonly number[]): KerasValue {
    const [input] = inputs;
    if (input === undefined || inputs.length > 1) throw this.error('inputs', 'one', inputs.length);
    if (!ranks.includes(input.rank)) throw this.error('rank of the input', ranks.join(' or '), input.rank);
    return input;
  }

  /** `axis` of the configuration, counted from 0, in a value of this rank. */
  axis(key: string, rank: number, absent: number): number {
    const axis = this.integer(key, absent);
    if (axis < -rank || axis >= rank) throw this.error(key, `an axis of ${rank} dims`, axis);
    return axis < 0 ? axis + rank : axis;
  }
}

/** Any number of axes. */
export const ANY_RANK: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8];
