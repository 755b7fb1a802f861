export type { IndexArray } from './arrays/index-width.ts';
export { fromBytes, toBytes } from './container/container.ts';
export { cpo } from './cpo.ts';
export { cps } from './cps.ts';
export { cpsColumn } from './cps-column.ts';
export { csr } from './csr.ts';
export { explain } from './explain.ts';
export type {
  EncodedMap,
  FormatArray,
  FormatArrays,
  FormatParameter,
  Parameters,
  SparseFormat,
} from './format.ts';
export { format, formats } from './formats.ts';
export { im2col } from './im2col.ts';
export {
  type ActivationMap,
  type Geometry,
  type GeometryInput,
  MAX_MAP_ELEMENTS,
  type MapShape,
} from './map/activation-map.ts';
export { readableMap } from './map/reads.ts';
export { mec } from './mec.ts';
export {
  compressionRatios,
  type PublishedMethod,
  type PublishedRow,
  publishedRows,
  publishedTable,
  type Ratios,
} from './published/ratios.ts';
export {
  allZeroChannels,
  countNonZeros,
  countTiles,
  density,
  patternHistogram,
  type RunLengths,
  runLengths,
  type TileCount,
} from './statistics/density.ts';
export {
  CHANNEL_BLOCK,
  COLUMN_SET_ROWS,
  DEFAULT_TILE_WIDTH,
  type MapStatistics,
  mapStatistics,
} from './statistics/map-statistics.ts';
export { measureSizes, type Sizes } from './statistics/measure.ts';
