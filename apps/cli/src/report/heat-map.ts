import type { ActivationMap } from '@zeroskip/formats';

/** A picture of a map, all channels together; rows from the top. */
export interface HeatMap {
  readonly height: number;
  readonly width: number;
  /** Share of values that are not zero, at each place. */
  readonly nonZero: Float32Array;
  /** Mean magnitude, as a share of the largest place's. */
  readonly magnitude: Float32Array;
}

/** Larger maps are averaged over squares. */
const LARGEST = 96;

/** Where a map's zeros are, and where it is large. */
export function heatMap({ channels, height, width, data }: ActivationMap): HeatMap {
  const step = Math.ceil(Math.max(height, width) / LARGEST);
  const [rows, columns] = [Math.ceil(height / step), Math.ceil(width / step)];
  const nonZero = new Float32Array(rows * columns);
  const magnitude = new Float32Array(rows * columns);
  const values = new Float32Array(rows * columns);
  for (let channel = 0, at = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      const row = Math.floor(y / step) * columns;
      for (let x = 0; x < width; x++, at++) {
        const place = row + Math.floor(x / step);
        const value = Math.abs(data[at]!);
        values[place]!++;
        if (value === 0) continue;
        nonZero[place]!++;
        if (value < Number.POSITIVE_INFINITY) magnitude[place]! += value;
      }
    }
  }
  let largest = 0;
  for (const [place, count] of values.entries()) {
    nonZero[place]! /= count;
    magnitude[place]! /= count;
    largest = Math.max(largest, magnitude[place]!);
  }
  if (largest > 0) for (const place of magnitude.keys()) magnitude[place]! /= largest;
  return { height: rows, width: columns, nonZero, magnitude };
}
