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

import { assertClass, assertLength, invalid } from './arrays/checks.ts';
import { type IndexArray, indexArray, indexBytes, indexClass } from './arrays/index-width.ts';
import { matrixRefusal } from './arrays/matrix.ts';
import { showValues } from './arrays/show-values.ts';
import { defineFormat } from './define-format.ts';
import type { Context, Layer } from './format.ts';
import { bitsOf, MAGNITUDE } from './map/activation-map.ts';
import { mecRowLength, visitMecEntries } from './mec.ts';
import { csccElements, publishedLayer } from './published/elements.ts';

type CsrArrays = {
  readonly rowPointers: IndexArray;
  readonly columnIndices: IndexArray;
  readonly values: Float32Array;
};

function maxIndex(layer: Layer): number {
  return mecRowLength(layer) - 1;
}

export const csr = defineFormat<CsrArrays>({
  id: 'csr',
  summary: 'CSR of the MEC matrix (CSCC)',
  sparse: true,
  sizeFormula: 'nnz(MEC matrix)·(4 + index bytes) + (Ow+1)·pointer bytes',
  arrayNames: ['rowPointers', 'columnIndices', 'values'],
  refusal: (context) => matrixRefusal('the MEC matrix', context.reads.outWidth * mecRowLength(context)),
  encode(map, context) {
    const source = bitsOf(map.data);
    const rowLength = mecRowLength(context);
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
    assertAscending({ rowPointers, columnIndices, values }, mecRowLength(context));
    assertEntries({ rowPointers, columnIndices, values }, context);
  },
  decode({ rowPointers, columnIndices, values }, context, data) {
    const { shape, geometry } = context;
    const source = bitsOf(values);
    const target = bitsOf(data);
    for (let slab = 0; slab < context.reads.outWidth; slab++) {
      for (let entry = rowPointers[slab]!; entry < rowPointers[slab + 1]!; entry++) {
        const { row, column, channel } = placeOf(columnIndices[entry]!, slab, context);
        const y = row - geometry.pads[0];
        const x = column - geometry.pads[1];
        target[(channel * shape.height + y) * shape.width + x] = source[entry]!;
      }
    }
  },
  formulaBytes(statistics) {
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

/** The padded row and column, and the channel, of an entry of the MEC matrix. */
function placeOf(index: number, slab: number, { shape, geometry }: Context) {
  const { kernel, strides, dilations } = geometry;
  const position = Math.floor(index / shape.channels);
  const tap = position % kernel[1];
  return {
    row: Math.floor(position / kernel[1]),
    column: slab * strides[1] + tap * dilations[1],
    channel: index % shape.channels,
  };
}

/** Position of `index` among the ascending entries `[start, end)`, or -1. */
function findEntry(indices: IndexArray, index: number, start: number, end: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (indices[middle]! < index) low = middle + 1;
    else high = middle;
  }
  return low < end && indices[low] === index ? low : -1;
}

function assertAscending({ rowPointers, columnIndices }: CsrArrays, rowLength: number): void {
  for (let slab = 0; slab + 1 < rowPointers.length; slab++) {
    let last = -1;
    for (let entry = rowPointers[slab]!; entry < rowPointers[slab + 1]!; entry++) {
      const index = columnIndices[entry]!;
      if (index <= last || index >= rowLength) {
        throw invalid(`columnIndices[${entry}]`, `${last + 1} to ${rowLength - 1}`, index);
      }
      last = index;
    }
  }
}

/** Throws unless the entries stand where the convolution reads, in every slab that does, with the same bits. */
function assertEntries({ rowPointers, columnIndices, values }: CsrArrays, context: Context): void {
  const { shape, reads } = context;
  const { overlap, first, slabStep, tapStep } = reads.columns;
  const bits = bitsOf(values);
  for (let slab = 0; slab < reads.outWidth; slab++) {
    for (let entry = rowPointers[slab]!; entry < rowPointers[slab + 1]!; entry++) {
      const index = columnIndices[entry]!;
      const { row, column } = placeOf(index, slab, context);
      if (!reads.rows[row] || !overlap[column]) {
        throw invalid(`columnIndices[${entry}]`, 'a position that the convolution reads', index);
      }
      if ((bits[entry]! & MAGNITUDE) === 0)
        throw invalid(`values[${entry}]`, 'a non-zero value', values[entry]);
      const copy = (step: 1 | -1) => {
        const other = slab + step * slabStep;
        return findEntry(
          columnIndices,
          index - step * tapStep * shape.channels,
          rowPointers[other]!,
          rowPointers[other + 1]!,
        );
      };
      const isFirst = slab === first[column];
      const isLast = slab === first[column]! + (overlap[column]! - 1) * slabStep;
      const before = isFirst ? entry : copy(-1);
      if (before < 0 || bits[before] !== bits[entry] || (!isLast && copy(1) < 0)) {
        throw invalid(`values[${entry}]`, 'the same value in every slab that reads it', values[entry]);
      }
    }
  }
}
