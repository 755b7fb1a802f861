import { bitsOf } from './activation-map.ts';
import { type Context, invalid } from './format.ts';

/** 4 GiB of float32. */
export const MAX_LOWERED_ELEMENTS = 2 ** 30;

type VisitEntries = (context: Context, visit: (entry: number, element: number) => void) => void;

/** Throws unless all copies of an element are the same bits, and padding is +0. */
export function assertCopies(values: Float32Array, context: Context, visitEntries: VisitEntries): void {
  const { channels, height, width } = context.shape;
  const bits = bitsOf(values);
  const elements = new Uint32Array(channels * height * width);
  visitEntries(context, (entry, element) => {
    elements[element] = bits[entry]!;
  });
  const expected = new Uint32Array(bits.length);
  visitEntries(context, (entry, element) => {
    expected[entry] = elements[element]!;
  });
  const index = expected.findIndex((want, entry) => want !== bits[entry]);
  if (index >= 0) {
    throw invalid(
      `values[${index}]`,
      `${new Float32Array(expected.buffer)[index]}, as in its other copies`,
      values[index],
    );
  }
}

export function showValue(value: number): string {
  return String(Number(value.toPrecision(4)));
}

export function showValues(values: Iterable<number>): string {
  return [...values].map(showValue).join(' ');
}

/** One line per row of a dense matrix. */
export function matrixLines(values: Float32Array, rowLength: number): string[] {
  const lines: string[] = [];
  for (let start = 0; start < values.length; start += rowLength) {
    lines.push(showValues(values.subarray(start, start + rowLength)));
  }
  return lines;
}
