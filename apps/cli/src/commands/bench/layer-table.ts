import { factor, milliseconds, orDash, percent } from '../../report/figures.ts';
import { layerCells, layerColumns } from '../../report/layer-columns.ts';
import { shorten, table } from '../../report/table.ts';
import { type LayerRow, loweredRatio, savedShare, storedRatio } from './rows.ts';

const LONGEST_KERNEL = 11;

/** The slowest layers, the slowest first. */
export function slowest(rows: readonly LayerRow[], count: number): LayerRow[] {
  return [...rows].sort((a, b) => b.ms - a.ms).slice(0, count);
}

/** One line per layer, in the order given. */
export function layerTable(rows: readonly LayerRow[]): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [...layerColumns, { title: 'algorithm' }, ...['ms', 'savings', 'CR', 'stored'].map(right)];
  const lines = rows.map((row) => [
    ...layerCells(row).map((cell, i) =>
      layerColumns[i]!.title === 'kernel' ? shorten(cell, LONGEST_KERNEL) : cell,
    ),
    shorten(row.algorithm, 9),
    milliseconds(row.ms),
    orDash(savedShare(row), percent),
    orDash(loweredRatio(row), factor),
    orDash(storedRatio(row), factor),
  ]);
  return table(columns, lines);
}
