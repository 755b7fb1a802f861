import { defineFormat } from '../define-format.ts';
import type { Codec, Context, Layer, SparseFormat } from '../format.ts';
import { bitsOf } from '../map/activation-map.ts';
import { assertClass, assertLength, invalid } from './checks.ts';
import { showValues } from './show-values.ts';

/** 4 GiB of float32. */
const MAX_ELEMENTS = 2 ** 30;

type MatrixArrays = { readonly values: Float32Array };

interface MatrixCodec extends Pick<Codec<MatrixArrays>, 'id' | 'summary' | 'sizeFormula'> {
  rowCount(layer: Layer): number;
  rowLength(layer: Layer): number;
  /** Calls `visit(entry, element)` for every entry of the matrix that holds an element of the map. */
  visitEntries(context: Context, visit: (entry: number, element: number) => void): void;
}

/** The refusal of what is made from a matrix of `elements`, called `name`. */
export function matrixRefusal(name: string, elements: number): string | undefined {
  if (elements <= MAX_ELEMENTS) return undefined;
  return `${name} would have ${elements} elements, more than ${MAX_ELEMENTS}`;
}

/** A format that is one dense matrix, with a copy of an element for everywhere that it is read. */
export function defineMatrixFormat(codec: MatrixCodec): SparseFormat {
  const { rowCount, rowLength, visitEntries, ...names } = codec;
  const elements = (layer: Layer) => rowCount(layer) * rowLength(layer);

  /** Throws unless all copies of an element are the same bits, and padding is +0. */
  function assertCopies(values: Float32Array, context: Context): void {
    const { channels, height, width } = context.shape;
    const bits = bitsOf(values);
    const copied = new Uint32Array(channels * height * width);
    visitEntries(context, (entry, element) => {
      copied[element] = bits[entry]!;
    });
    const expected = new Uint32Array(bits.length);
    visitEntries(context, (entry, element) => {
      expected[entry] = copied[element]!;
    });
    const index = expected.findIndex((want, entry) => want !== bits[entry]);
    if (index < 0) return;
    const first = new Float32Array(expected.buffer)[index];
    throw invalid(`values[${index}]`, `${first}, as in its other copies`, values[index]);
  }

  return defineFormat<MatrixArrays>({
    ...names,
    sparse: false,
    arrayNames: ['values'],
    refusal: (context) => matrixRefusal('its matrix', elements(context)),
    encode(map, context) {
      const values = new Float32Array(elements(context));
      const source = bitsOf(map.data);
      const target = bitsOf(values);
      visitEntries(context, (entry, element) => {
        target[entry] = source[element]!;
      });
      return { values };
    },
    validate({ values }, context) {
      assertClass('values', values, Float32Array);
      assertLength('values', values, elements(context));
      assertCopies(values, context);
    },
    decode({ values }, context, data) {
      const source = bitsOf(values);
      const target = bitsOf(data);
      visitEntries(context, (entry, element) => {
        target[element] = source[entry]!;
      });
    },
    formulaBytes: (statistics) => 4 * elements(statistics),
    publishedElements: elements,
    annotate({ values }, context) {
      const length = rowLength(context);
      const rows = Array.from({ length: rowCount(context) }, (_, row) =>
        showValues(values.subarray(row * length, (row + 1) * length)),
      );
      return [rows];
    },
  });
}
