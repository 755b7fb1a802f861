import type { ResizeAxis } from '@zeroskip/kernels';
import { stridesOf } from '@zeroskip/onnx';

/** Largest table of element positions that a step may carry. */
const MAX_TABLE = 1 << 22;

/** `start`, `start + step` and so on. */
export function progression(length: number, start = 0, step = 1): Int32Array {
  const table = new Int32Array(length);
  for (let i = 0; i < length; i++) table[i] = start + i * step;
  return table;
}

/** A resize axis that copies input element `indices[i]` to output element i. */
export function pickAxis(indices: Int32Array): ResizeAxis {
  return { low: indices, high: indices, weight: new Float32Array(indices.length) };
}

export function identityAxis(length: number): ResizeAxis {
  return pickAxis(progression(length));
}

/** First index and length when `table` takes neighbouring elements in order. */
export function asRange(table: Int32Array): readonly [start: number, length: number] | undefined {
  if (table.length > 0 && table[0]! < 0) return undefined;
  for (let i = 1; i < table.length; i++) if (table[i] !== table[0]! + i) return undefined;
  return [table[0] ?? 0, table.length];
}

function isWhole(table: Int32Array, dim: number): boolean {
  return table.length === dim && asRange(table)?.[0] === 0;
}

/**
 * A reordering of row-major elements as one native step: each of `prefix` runs of `from` blocks becomes a
 * run of `indices.length` blocks of `block` elements, taken from the given positions.
 */
export interface BlockGather {
  readonly prefix: number;
  readonly from: number;
  readonly indices: Int32Array;
  readonly block: number;
}

function product(values: readonly number[]): number {
  return values.reduce((size, value) => size * value, 1);
}

/** Row-major positions of all combinations of per-axis indices. */
function combine(tables: readonly Int32Array[], strides: readonly number[]): Int32Array {
  let positions = new Int32Array(1);
  for (const [axis, table] of tables.entries()) {
    const next = new Int32Array(positions.length * table.length);
    let at = 0;
    for (const position of positions)
      for (const index of table) next[at++] = position + index * strides[axis]!;
    positions = next;
  }
  return positions;
}

/** Takes elements `tables[axis]` of every axis of row-major `dims`; undefined when the table would be too large. */
export function gatherOfTables(
  dims: readonly number[],
  tables: readonly Int32Array[],
): BlockGather | undefined {
  const changed = dims.map((dim, axis) => !isWhole(tables[axis]!, dim));
  const first = changed.indexOf(true);
  const end = changed.lastIndexOf(true) + 1;
  if (first < 0) return { prefix: 1, from: 1, indices: new Int32Array(1), block: product(dims) };
  const middle = dims.slice(first, end);
  if (product(tables.slice(first, end).map((table) => table.length)) > MAX_TABLE) return undefined;
  return {
    prefix: product(dims.slice(0, first)),
    from: product(middle),
    indices: combine(tables.slice(first, end), stridesOf(middle)),
    block: product(dims.slice(end)),
  };
}

/** Permutes the axes of row-major `dims`; undefined when the table would be too large. */
export function gatherOfPermutation(
  dims: readonly number[],
  perm: readonly number[],
): BlockGather | undefined {
  const moved = perm.map((axis, i) => axis !== i);
  const first = moved.indexOf(true);
  const end = moved.lastIndexOf(true) + 1;
  if (first < 0) return { prefix: 1, from: 1, indices: new Int32Array(1), block: product(dims) };
  const middle = dims.slice(first, end);
  const from = product(middle);
  if (from > MAX_TABLE) return undefined;
  const strides = stridesOf(middle);
  const order = perm.slice(first, end).map((axis) => axis - first);
  const tables = order.map((axis) => progression(middle[axis]!));
  const indices = combine(
    tables,
    order.map((axis) => strides[axis]!),
  );
  return { prefix: product(dims.slice(0, first)), from, indices, block: product(dims.slice(end)) };
}
