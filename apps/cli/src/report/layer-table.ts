import { savings } from '../claims.ts';
import { chosenBytes, im2colBytes, type LayerRow } from '../layer-rows.ts';
import { factor, milliseconds, percent } from './figures.ts';
import { layerCells, layerColumns } from './layer-columns.ts';
import { shorten, table } from './table.ts';

/** The slowest layers, the slowest first. */
export function slowest(rows: readonly LayerRow[], count: number): LayerRow[] {
  return [...rows].sort((a, b) => b.ms - a.ms).slice(0, count);
}

/** One line per layer, in the order given. */
export function layerTable(rows: readonly LayerRow[]): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [...layerColumns, { title: 'algorithm' }, right('ms'), right('savings'), right('CR')];
  const lines = rows.map((row) => {
    const bytes = chosenBytes(row);
    return [
      ...layerCells(row),
      shorten(row.algorithm, 12),
      milliseconds(row.ms),
      percent(savings(row.ms, row.im2colMs)),
      bytes === undefined || bytes === 0 ? '–' : factor(im2colBytes(row) / bytes),
    ];
  });
  return table(columns, lines);
}
