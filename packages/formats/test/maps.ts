import { type ActivationMap, formats } from '../src/index.ts';

/** Formats that are a matrix with the zeros in it; all others leave them out. */
const idsOf = (sparse: boolean) => formats.filter((format) => format.sparse === sparse).map(({ id }) => id);
export const DENSE = idsOf(false);
export const SPARSE = idsOf(true);

/** One channel from its rows. */
export function mapOfRows(rows: readonly (readonly number[])[]): ActivationMap {
  return { channels: 1, height: rows.length, width: rows[0]!.length, data: Float32Array.from(rows.flat()) };
}

/** The map of section 3 of the definition. */
export const WORKED_EXAMPLE = mapOfRows([
  [1, 0, 2, 0, 0, 3],
  [0, 4, 0, 5, 0, 0],
  [6, 0, 0, 7, 0, 8],
  [0, 0, 9, 0, 1, 0],
]);

/** A seeded map, its values small integers so that sums are exact. */
export function integerMap(
  channels: number,
  height: number,
  width: number,
  density: number,
  random: () => number,
) {
  const data = Float32Array.from({ length: channels * height * width }, () =>
    random() < density ? 1 + Math.floor(random() * 9) : 0,
  );
  return { channels, height, width, data };
}
