import {
  type ErrorCode,
  type Layout,
  Tensor,
  type TensorData,
  ZeroskipError,
  ZeroskipRangeError,
  ZeroskipTypeError,
} from '@zeroskip/tensor';
import type { InferenceSession } from '../session/session.ts';
import type { Value } from '../values/value.ts';

/** A tensor as workers are sent it: messages keep no classes. */
interface PlainTensor {
  readonly type: Tensor['type'];
  readonly data: TensorData;
  readonly dims: readonly number[];
  readonly layout: Layout;
}

type PlainValue = PlainTensor | readonly PlainTensor[] | null;
export type PlainValues = Readonly<Record<string, PlainValue>>;

/** What a page knows of a session. */
export type Description = Pick<
  InferenceSession,
  'inputNames' | 'outputNames' | 'inputMetadata' | 'outputMetadata' | 'nodes'
>;

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code: ErrorCode | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

export type ToWorker =
  | { readonly id: number; readonly call: string; readonly argument: unknown }
  | { readonly id: number; readonly isAborted: true };

export type FromWorker = { readonly id: number } & (
  | { readonly event: unknown }
  | { readonly failure: Failure }
  | { readonly result: unknown }
);

const isTensor = (value: unknown): value is PlainTensor =>
  typeof value === 'object' && value !== null && 'dims' in value && 'data' in value;

function mapValues<A, B>(values: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

/**
 * Tensors without their classes; anything that is none is sent as it is, and refused where it arrives.
 * @param copies whether they stay in use here: what is sent whole would take with it what its memory holds beside it
 */
export function plainValues(values: Readonly<Record<string, Value>>, copies: boolean): PlainValues {
  const plain = (value: unknown) => {
    if (!isTensor(value)) return value;
    const { type, data, dims, layout } = value;
    return { type, data: copies && ArrayBuffer.isView(data) ? data.slice() : data, dims, layout };
  };
  return mapValues(values, (value) =>
    Array.isArray(value) ? value.map(plain) : plain(value),
  ) as PlainValues;
}

export function valuesOf(values: PlainValues): Record<string, Value> {
  const tensorOf = ({ type, data, dims, layout }: PlainTensor) =>
    new Tensor(type, data as never, dims, layout);
  return mapValues(values, (value) => (isTensor(value) ? tensorOf(value) : (value?.map(tensorOf) ?? null)));
}

/** The memory of the tensors, to be handed over. */
export function buffersOf(values: PlainValues): ArrayBuffer[] {
  const arrays = Object.values(values).flat().filter(isTensor);
  return [
    ...new Set(arrays.flatMap(({ data }) => (ArrayBuffer.isView(data) ? [data.buffer as ArrayBuffer] : []))),
  ];
}

export function failureOf(error: unknown): Failure {
  const { name, message, stack: _, cause: __, ...details } = Object(error) as Error & { code?: ErrorCode };
  return { name: name ?? 'Error', message: message ?? String(error), code: details.code, details };
}

const CLASSES = { ZeroskipError, ZeroskipRangeError, ZeroskipTypeError };

export function errorOf({ name, message, code, details }: Failure): Error {
  if (code === undefined) return Object.assign(new Error(message), { name });
  const Class = CLASSES[name as keyof typeof CLASSES] ?? ZeroskipError;
  return new Class(message, { ...details, code });
}
