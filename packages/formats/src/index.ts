export {
  type ActivationMap,
  type Geometry,
  type GeometryInput,
  MAX_MAP_ELEMENTS,
  type MapShape,
} from './activation-map.ts';
export { fromBytes, toBytes } from './container.ts';
export { cpo } from './cpo.ts';
export { cps } from './cps.ts';
export { cpsColumn } from './cps-column.ts';
export { csr } from './csr.ts';
export {
  allZeroChannels,
  countNonZeros,
  countTiles,
  density,
  patternHistogram,
  type RunLengths,
  runLengths,
  type TileCount,
} from './density.ts';
export { explain } from './explain.ts';
export {
  checkEncodeInput,
  type EncodedMap,
  type EncodeInput,
  type FormatArray,
  type FormatArrays,
  type FormatParameter,
  type Parameters,
  type SparseFormat,
} from './format.ts';
export { format, formats } from './formats.ts';
export { im2col } from './im2col.ts';
export type { IndexArray } from './index-width.ts';
export { measureSizes, type Sizes } from './measure.ts';
export { mec } from './mec.ts';
export {
  compressionRatios,
  type PublishedMethod,
  type PublishedRow,
  publishedRows,
  publishedTable,
  type Ratios,
} from './published.ts';
export { readableMap } from './reads.ts';
export {
  CHANNEL_BLOCK,
  COLUMN_SET_ROWS,
  DEFAULT_TILE_WIDTH,
  type MapStatistics,
  mapStatistics,
} from './statistics.ts';
