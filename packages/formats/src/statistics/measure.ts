import { formats } from '../formats.ts';
import type { ActivationMap, GeometryInput } from '../map/activation-map.ts';
import { mapStatistics } from './map-statistics.ts';

/** Bytes by format id. */
export type Sizes = Readonly<Record<string, number>>;

/**
 * `byteLength` of the map in every format, from one pass over the map: nothing is encoded.
 * @param options `tileWidth` of `cps`
 */
export function measureSizes(
  map: ActivationMap,
  geometry: GeometryInput,
  options: { readonly tileWidth?: number } = {},
): Sizes {
  const statistics = mapStatistics(map, geometry, options);
  return Object.fromEntries(formats.map(({ id, formulaBytes }) => [id, formulaBytes(statistics)]));
}
