import type { LayerShape } from '../layers/shape.ts';
import { type Column, shorten } from './table.ts';

/** `3×3 s2 d2×1 g32`. */
export function kernelText({
  weightShape,
  strides,
  dilations,
  group,
}: Pick<LayerShape, 'weightShape' | 'strides' | 'dilations' | 'group'>): string {
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
export function layerName({ name }: Pick<LayerShape, 'name'>): string {
  return name.replace(/(?<=.)\/Conv$/, '');
}

/** What identifies a convolution in a table: name, channels, map, kernel, density of its input. */
export const layerColumns: readonly Column[] = [
  { title: 'layer', elastic: true },
  { title: 'channels', align: 'right' },
  { title: 'map', align: 'right' },
  { title: 'kernel' },
  { title: 'density', align: 'right' },
];

/** The cells of `layerColumns`. */
export function layerCells(layer: LayerShape & { readonly density: number }): string[] {
  const [, channels, height, width] = layer.inputShape;
  return [
    layerName(layer),
    `${channels}→${layer.weightShape[0]}`,
    `${height}×${width}`,
    shorten(kernelText(layer), 16),
    layer.density.toFixed(2),
  ];
}
