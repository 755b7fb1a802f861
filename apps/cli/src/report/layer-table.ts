import { chosenBytes, im2colBytes, type LayerRow, layerMs } from '../layer-rows.ts';
import { factor, milliseconds, percent } from './figures.ts';
import { shorten, table } from './table.ts';

/** `3×3 s2 d2×1 g32`. */
export function kernelText({
  weightShape,
  strides,
  dilations,
  group,
}: Pick<LayerRow, 'weightShape' | 'strides' | 'dilations' | 'group'>): string {
  const [, , height, width] = weightShape;
  const parts = [`${height}×${width}`];
  const pair = (sign: string, [a, b]: readonly number[]) => {
    if (a !== 1 || b !== 1) parts.push(a === b ? `${sign}${a}` : `${sign}${a}×${b}`);
  };
  pair('s', strides);
  pair('d', dilations);
  if (group !== 1) parts.push(`g${group}`);
  return parts.join(' ');
}

/** Exporters end the names of nodes with their operator, which says nothing here. */
export function layerName({ name }: Pick<LayerRow, 'name'>): string {
  return name.replace(/(?<=.)\/Conv$/, '');
}

/** Time savings against im2col: `1 - t / t(im2col)`. */
export function savings(ms: number, im2colMs: number): number {
  return 1 - ms / im2colMs;
}

/** The slowest layers, the slowest first. */
export function slowest(rows: readonly LayerRow[], count: number): LayerRow[] {
  return [...rows].sort((a, b) => layerMs(b) - layerMs(a)).slice(0, count);
}

/** One line per layer, in the order given. */
export function layerTable(rows: readonly LayerRow[]): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    { title: 'layer', elastic: true },
    right('channels'),
    right('map'),
    { title: 'kernel' },
    right('density'),
    { title: 'algorithm' },
    right('ms'),
    right('savings'),
    right('CR'),
  ];
  const lines = rows.map((row) => {
    const [, channels, height, width] = row.inputShape;
    const bytes = chosenBytes(row);
    return [
      layerName(row),
      `${channels}→${row.weightShape[0]}`,
      `${height}×${width}`,
      shorten(kernelText(row), 16),
      row.density.toFixed(2),
      shorten(row.algorithm, 12),
      milliseconds(layerMs(row)),
      percent(savings(layerMs(row), row.im2colMs)),
      bytes === undefined || bytes === 0 ? '–' : factor(im2colBytes(row) / bytes),
    ];
  });
  return table(columns, lines);
}
