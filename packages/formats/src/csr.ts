/*
 * CSR of the MEC matrix, which the paper calls CSCC: the non-zero elements of each slab, with their columns
 * in the matrix. An element is stored once per slab that reads it.
 *
 *   rowPointers    Ow + 1            first non-zero of each row of the matrix
 *   columnIndices  nnz of the matrix (row·Kw + tap)·C + channel, ascending within a matrix row
 *   values         nnz of the matrix float32
 *
 *   bytes    nnz·(4 + index bytes) + (Ow+1)·pointer bytes
 *   elements (Ow+1) + 2·nnz
 *
 * Index width: by Ih·Kw·C - 1. Pointer width: by nnz.
 */
import { bitsOf, MAGNITUDE } from './activation-map.ts';
import { MAX_LOWERED_ELEMENTS, showValues } from './dense.ts';
import { assertClass, assertLength, type Context, defineFormat, invalid } from './format.ts';
import { type IndexArray, indexArray, indexBytes, indexClass } from './index-width.ts';
import { mecRowLength, visitMecEntries } from './mec.ts';
import { csccElements, publishedLayer } from './published-elements.ts';
import type { MapStatistics } from './statistics.ts';

type CsrArrays = {
  readonly rowPointers: IndexArray;
  readonly columnIndices: IndexArray;
  readonly values: Float32Array;
};

function maxIndex({ shape, reads, geometry }: Pick<Context, 'shape' | 'reads' | 'geometry'>): number {
  return mecRowLength(shape, reads, geometry) - 1;
}

export const csr = defineFormat<CsrArrays>({
  id: 'csr',
  summary: 'CSR of the MEC matrix (CSCC)',
  sizeFormula: 'nnz(MEC matrix)·(4 + index bytes) + (Ow+1)·pointer bytes',
  arrayNames: ['rowPointers', 'columnIndices', 'values'],
  refusal(context) {
    const count = context.reads.outWidth * (maxIndex(context) + 1);
    if (count <= MAX_LOWERED_ELEMENTS) return undefined;
    return `the MEC matrix would have ${count} elements, more than ${MAX_LOWERED_ELEMENTS}`;
  },
  encode(map, context) {
    const source = bitsOf(map.data);
    const rowLength = maxIndex(context) + 1;
    const counts = new Float64Array(context.reads.outWidth);
    let nonZeros = 0;
    visitMecEntries(context, (entry, element) => {
      if ((source[element]! & MAGNITUDE) === 0) return;
      counts[Math.floor(entry / rowLength)]!++;
      nonZeros++;
    });
    const rowPointers = indexArray(nonZeros, counts.length + 1);
    for (const [row, count] of counts.entries()) rowPointers[row + 1] = rowPointers[row]! + count;
    const columnIndices = indexArray(rowLength - 1, nonZeros);
    const values = new Float32Array(nonZeros);
    const target = bitsOf(values);
    let next = 0;
    visitMecEntries(context, (entry, element) => {
      if ((source[element]! & MAGNITUDE) === 0) return;
      columnIndices[next] = entry % rowLength;
      target[next++] = source[element]!;
    });
    return { rowPointers, columnIndices, values };
  },
  validate({ rowPointers, columnIndices, values }, context) {
    assertClass('values', values, Float32Array);
    assertClass('rowPointers', rowPointers, indexClass(values.length));
    assertClass('columnIndices', columnIndices, indexClass(maxIndex(context)));
    assertLength('rowPointers', rowPointers, context.reads.outWidth + 1);
    assertLength('columnIndices', columnIndices, values.length);
    if (rowPointers[0] !== 0) throw invalid('rowPointers[0]', '0', rowPointers[0]);
    for (let row = 0; row < context.reads.outWidth; row++) {
      const start = rowPointers[row]!;
      const end = rowPointers[row + 1]!;
      if (end < start || end > values.length) {
        throw invalid(`rowPointers[${row + 1}]`, `${start} to ${values.length}`, end);
      }
    }
    if (rowPointers.at(-1) !== values.length) {
      throw invalid('the last row pointer', String(values.length), rowPointers.at(-1));
    }
    assertEntries({ rowPointers, columnIndices, values }, context);
  },
  decode({ rowPointers, columnIndices, values }, context, data) {
    const source = bitsOf(values);
    const target = bitsOf(data);
    const rowLength = maxIndex(context) + 1;
    let row = 0;
    let next = 0;
    visitMecEntries(context, (entry, element) => {
      while (next === rowPointers[row + 1]) row++;
      if (next < values.length && entry === row * rowLength + columnIndices[next]!)
        target[element] = source[next++]!;
    });
  },
  formulaBytes(statistics: MapStatistics) {
    const { loweredNonZeros, reads } = statistics;
    return (
      loweredNonZeros * 4 +
      indexBytes(maxIndex(statistics), loweredNonZeros) +
      indexBytes(loweredNonZeros, reads.outWidth + 1)
    );
  },
  publishedElements: (statistics) => csccElements(publishedLayer(statistics), statistics.loweredNonZeros),
  annotate: ({ rowPointers, columnIndices, values }) => [
    [`ptr ${[...rowPointers].join(' ')}`, `IN ${[...columnIndices].join(' ')}`, `DA ${showValues(values)}`],
  ],
});

/** Throws unless the entries ascend, stand where the convolution reads, and agree with their copies. */
function assertEntries({ rowPointers, columnIndices, values }: CsrArrays, context: Context): void {
  const { channels, height, width } = context.shape;
  const bits = bitsOf(values);
  const rowLength = maxIndex(context) + 1;
  const elements = new Uint32Array(channels * height * width);
  const copies = new Uint32Array(elements.length);
  const outside = columnIndices.findIndex((index) => index >= rowLength);
  if (outside >= 0)
    throw invalid(`columnIndices[${outside}]`, `0 to ${rowLength - 1}`, columnIndices[outside]);
  let row = 0;
  let next = 0;
  visitMecEntries(context, (entry, element) => {
    while (row + 1 < rowPointers.length && next === rowPointers[row + 1]) row++;
    if (next === values.length || entry !== row * rowLength + columnIndices[next]!) return;
    if ((bits[next]! & MAGNITUDE) === 0) throw invalid(`values[${next}]`, 'a non-zero value', values[next]);
    if (copies[element]! > 0 && elements[element] !== bits[next]) {
      throw invalid(`values[${next}]`, 'the value of its other copies', values[next]);
    }
    elements[element] = bits[next++]!;
    copies[element]!++;
  });
  if (next !== values.length) {
    const expected = 'an entry that the convolution reads, after the one before';
    throw invalid(`columnIndices[${next}]`, expected, columnIndices[next]);
  }
  const { overlap } = context.reads.columns;
  const left = context.geometry.pads[1];
  const missing = copies.findIndex(
    (count, element) => count > 0 && count !== overlap[(element % width) + left],
  );
  if (missing >= 0) {
    throw invalid(`copies of element ${missing}`, String(overlap[(missing % width) + left]), copies[missing]);
  }
}
