import { autoPads, type Pads, type Pair } from '@zeroskip/tensor';
import { checkGeometry, type Geometry, type MapShape } from '../map/activation-map.ts';
import { type Reads, readsOf } from '../map/reads.ts';
import { COLUMN_SET_ROWS } from '../statistics/map-statistics.ts';
import {
  cpoElements,
  cpsElements,
  csccElements,
  im2colElements,
  mecElements,
  publishedLayer,
} from './elements.ts';

/** The methods of the published tables; CSCC is the CSR of the MEC matrix. */
export type PublishedMethod = 'cpo' | 'cps' | 'mec' | 'cscc';
export type Ratios = Readonly<Record<PublishedMethod, number>>;

/** One convolution of the published table, and what the formulas give for its shape and mean density. */
export interface PublishedRow {
  /** Number of the convolution in the network. */
  readonly layer: number;
  readonly shape: MapShape;
  readonly geometry: Geometry;
  readonly outChannels: number;
  /** Mean over the authors' images, of the padded map. */
  readonly density: number;
  /** Compression ratios: elements of im2col ÷ elements of the method. */
  readonly published: Ratios;
  readonly formula: Ratios;
}

const COLUMNS = ['conv', 'Ih', 'Iw', 'Oh', 'Ow', 'Kh', 'Kw', 'Sh', 'Sw', 'Ic', 'N', 'density_mean'] as const;
const RATIO_COLUMNS = { cpo: 'cr_cpo', cps: 'cr_cps', mec: 'cr_mec', cscc: 'cr_cscc' } as const;

function parseCsv(csv: string): Map<string, number>[] {
  const [header, ...lines] = csv
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  return lines.map((cells) => new Map(header!.map((name, i) => [name, Number(cells[i])])));
}

/** The table gives sizes before padding: it is SAME where the output is `ceil(in / stride)`, else there is none. */
function impliedPads(input: Pair, output: Pair, kernel: Pair, strides: Pair): Pads {
  const isSame = input.every((extent, axis) => Math.ceil(extent / strides[axis]!) === output[axis]);
  return autoPads(isSame ? 'SAME_UPPER' : 'VALID', input, kernel, strides, [1, 1]);
}

/** Expected index elements of four rows of a column, `rows` of them real, whose zeros are independent. */
function expectedSetIndices(rows: number, density: number): number {
  const none = (1 - density) ** rows;
  const one = rows * density * (1 - density) ** (rows - 1);
  return one + 2 * (1 - none - one);
}

/** Of one channel: over all real columns, in sets aligned to the padded map. */
function setIndicesOfChannel(
  shape: MapShape,
  geometry: Geometry,
  { paddedHeight }: Reads,
  density: number,
): number {
  const top = geometry.pads[0];
  let perColumn = 0;
  for (let start = 0; start < paddedHeight; start += COLUMN_SET_ROWS) {
    const rows = Math.min(start + COLUMN_SET_ROWS, top + shape.height) - Math.max(start, top);
    if (rows > 0) perColumn += expectedSetIndices(rows, density);
  }
  return perColumn * shape.width;
}

/**
 * Compression ratios in elements of a map of which only the density is known, its non-zeros spread evenly and
 * independently.
 * @param density of the padded map
 */
export function compressionRatios(shape: MapShape, geometry: Geometry, density: number): Ratios {
  const full = checkGeometry(shape, geometry);
  const reads = readsOf(shape, full);
  const layer = publishedLayer({ shape, geometry: full, reads });
  const nonZeros = density * reads.paddedHeight * reads.paddedWidth * shape.channels;
  const perColumn = nonZeros / shape.width;
  const lowered = reads.columns.overlap.reduce((sum, overlap) => sum + overlap, 0) * perColumn;
  const ownDensity = nonZeros / (shape.channels * shape.height * shape.width);
  const setIndices = shape.channels * setIndicesOfChannel(shape, full, reads, Math.min(1, ownDensity));
  const dense = im2colElements(layer);
  return {
    cpo: dense / cpoElements(layer, nonZeros),
    cps: dense / cpsElements(layer, nonZeros, setIndices),
    mec: dense / mecElements(layer),
    cscc: dense / csccElements(layer, lowered),
  };
}

/** Reads the table of published compression ratios and puts the formulas' beside them. */
export function publishedRows(csv: string): PublishedRow[] {
  return parseCsv(csv).map((cells) => {
    const [layer, ih, iw, oh, ow, kh, kw, sh, sw, channels, outChannels, density] = COLUMNS.map(
      (name) => cells.get(name)!,
    ) as [number, number, number, number, number, number, number, number, number, number, number, number];
    const shape = { channels, height: ih, width: iw };
    const geometry: Geometry = {
      kernel: [kh, kw],
      strides: [sh, sw],
      dilations: [1, 1],
      pads: impliedPads([ih, iw], [oh, ow], [kh, kw], [sh, sw]),
    };
    const published = Object.fromEntries(
      Object.entries(RATIO_COLUMNS).map(([method, name]) => [method, cells.get(name)!]),
    ) as Record<PublishedMethod, number>;
    const formula = compressionRatios(shape, geometry, density);
    return { layer, shape, geometry, outChannels, density, published, formula };
  });
}

const TITLES = [
  ['cpo', 'CPO'],
  ['cps', 'CPS'],
  ['mec', 'MEC'],
  ['cscc', 'CSCC'],
] as const;

function rowCells({
  layer,
  shape,
  geometry,
  outChannels,
  density,
  published,
  formula,
}: PublishedRow): string[] {
  return [
    String(layer),
    `${shape.channels}→${outChannels} @${shape.height}×${shape.width}`,
    geometry.kernel.join('×'),
    geometry.strides.join('×'),
    geometry.pads.join(','),
    density.toFixed(4),
    ...TITLES.flatMap(([method]) => {
      const difference = (formula[method] / published[method] - 1) * 100;
      return [published[method].toFixed(2), formula[method].toFixed(2), `${difference.toFixed(1)} %`];
    }),
  ];
}

/** The table as text, one line per convolution. */
export function publishedTable(csv: string): string {
  const header = ['conv', 'layer', 'kernel', 'stride', 'pads', 'density'];
  for (const [, title] of TITLES) header.push(`${title} publ.`, 'formula', 'diff');
  const lines = [header, ...publishedRows(csv).map(rowCells)];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) => line.map((cell, column) => cell.padStart(widths[column]!)).join('  '))
    .join('\n');
}
