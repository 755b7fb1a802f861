import type { LayerShape } from '../layers/shape.ts';
import { type Column, elastic, left, right, shorten } from './table.ts';

/** `3×3 s2 d2×1 g32`. */
function kernelText({ weightShape, strides, dilations, group }: LayerShape): string {
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

/** A convolution, and the non-zero share of its input. */
export type DenseLayer = LayerShape & { readonly density: number };

/** What identifies a convolution in a table: name, channels, map, kernel, density of its input. */
export function layerColumns(longestKernel = 16): Column<DenseLayer>[] {
  return [
    elastic('layer', layerName),
    right('channels', ({ inputShape, weightShape }) => `${inputShape[1]}→${weightShape[0]}`),
    right('map', ({ inputShape: [, , height, width] }) => `${height}×${width}`),
    left('kernel', (layer) => shorten(kernelText(layer), longestKernel)),
    right('density', ({ density }) => density.toFixed(2)),
  ];
}
