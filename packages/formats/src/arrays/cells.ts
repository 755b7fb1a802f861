import type { Geometry } from '../map/activation-map.ts';
import type { Reads } from '../map/reads.ts';

/** The columns that share an overlap and a first slab: CPO keeps one pointer per cell and channel. */
export interface Cell {
  readonly overlap: number;
  readonly slab: number;
  /** Padded columns, ascending. */
  readonly columns: readonly number[];
}

/**
 * The cells that can hold a non-zero element, by overlap and then by first slab. Slabs where a group can only
 * be empty have none: this is how pointers are trimmed.
 */
export function cellsOf({ columns }: Reads): Cell[] {
  const cells = new Map<string, { overlap: number; slab: number; columns: number[] }>();
  for (const [column, overlap] of columns.overlap.entries()) {
    if (overlap === 0) continue;
    const slab = columns.first[column]!;
    const key = `${overlap},${slab}`;
    const cell = cells.get(key);
    if (cell) cell.columns.push(column);
    else cells.set(key, { overlap, slab, columns: [column] });
  }
  return [...cells.values()].sort((a, b) => a.overlap - b.overlap || a.slab - b.slab);
}

/** The padded column that a tap of the cell's slab reads, if it is one of the cell's columns. */
export function columnOf(
  { overlap, slab }: Cell,
  tap: number,
  { geometry, reads }: { readonly geometry: Geometry; readonly reads: Reads },
): number | undefined {
  const column = slab * geometry.strides[1] + tap * geometry.dilations[1];
  const isOfCell = reads.columns.overlap[column] === overlap && reads.columns.first[column] === slab;
  return isOfCell ? column : undefined;
}

/** `ptr_r` of every group r as the definition has them: `outWidth + 1` entries that begin at 0. */
export function groupPointers(
  cells: readonly Cell[],
  counts: ArrayLike<number>,
  { outWidth, columns }: Reads,
) {
  const groups = Array.from({ length: columns.maxOverlap }, () => new Array<number>(outWidth + 1).fill(0));
  for (const [index, { overlap, slab }] of cells.entries()) groups[overlap - 1]![slab + 1] = counts[index]!;
  for (const pointers of groups) {
    for (let slab = 1; slab <= outWidth; slab++) pointers[slab]! += pointers[slab - 1]!;
  }
  return groups;
}
