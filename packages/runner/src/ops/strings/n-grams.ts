import {
  bytesTensor,
  checkBytes,
  type NodeView,
  OWN_DOMAIN,
  PART_BYTES,
  partOf,
  partsTensor,
  strings,
} from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import type { Routine } from '../common/operator.ts';
import { tensorOf } from '../common/pieces.ts';

const utf8 = new TextEncoder();

interface Grams {
  readonly widths: readonly number[];
  readonly padding: (width: number) => number;
  readonly shortPadding: number;
  readonly left: Uint8Array;
  readonly right: Uint8Array;
  readonly separator: Uint8Array;
  readonly keepsShort: boolean;
}

function gramsOf(node: NodeView): Grams {
  const padWidth = node.int('pad_width', 0);
  const widths = node.ints('ngram_widths') ?? [];
  if (widths.some((width) => width < 1)) throw node.error('attribute ngram_widths', 'widths from 1', widths);
  return {
    widths,
    padding: (width) => Math.min(padWidth < 0 ? width - 1 : padWidth, width - 1),
    shortPadding: Math.max(0, padWidth),
    left: utf8.encode(node.string('left_pad')),
    right: utf8.encode(node.string('right_pad')),
    separator: utf8.encode(node.string('separator')),
    keepsShort: node.flag('preserve_short_sequences', false),
  };
}

/** Where rows begin and end among `count` strings. */
function rowsOf(node: NodeView, splits: Tensor, count: number): number[] {
  const rows = Array.from(splits.data as Int32Array, Number);
  const isRising = rows.every((at, i) => at >= (rows[i - 1] ?? 0));
  if (rows.length === 0 || (isRising && rows[0] === 0 && rows.at(-1) === count)) return rows;
  throw node.error('input 2', `rising numbers from 0 to ${count}`, rows.slice(0, 4));
}

/** The rows of neighbours of a row: how many each has, and how much padding stands before and behind the row. */
function spansOf({ widths, padding, shortPadding, keepsShort }: Grams, length: number) {
  const spans = widths.map((width) => {
    const pad = padding(width);
    return { width, pad, count: Math.max(0, length + 2 * pad - width + 1) };
  });
  const isShort = keepsShort && length > 0 && spans.every(({ count }) => count === 0);
  return isShort ? [{ width: length + 2 * shortPadding, pad: shortPadding, count: 1 }] : spans;
}

/** All neighbours of each row of strings, joined. */
export const stringNGrams: Routine = {
  opType: 'StringNGrams',
  domain: OWN_DOMAIN,
  inputs: [3, 3],
  outputs: [3, 3],
  types: [['uint8'], ['int64'], ['int32', 'int64']],
  run(node, inputs, { limits }) {
    const [bytes, parts, splits] = [0, 1, 2].map((index) => tensorOf(node, index, inputs[index])) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const grams = gramsOf(node);
    const texts = strings(bytes, parts);
    const rows = rowsOf(node, splits, texts.length);
    const { left, right, separator } = grams;
    const longest = texts.reduce((most, { length }) => Math.max(most, length), left.length + right.length);
    const spans = rows.slice(1).map((end, row) => (texts.length > 0 ? spansOf(grams, end - rows[row]!) : []));
    const most = spans.flat().reduce((sum, { width, count }) => sum + count * width, 0);
    checkBytes(node, most * (longest + separator.length + PART_BYTES), limits);
    const written: Uint8Array[] = [];
    const found: bigint[] = [];
    let size = 0;
    const write = (text: Uint8Array) => {
      written.push(text);
      size += text.length;
    };
    const ends = [0];
    for (const [row, own] of spans.entries()) {
      const [from, to] = [rows[row]!, rows[row + 1]!];
      for (const { width, pad, count } of own) {
        for (let first = from - pad; first < from - pad + count; first++) {
          const begin = size;
          for (let at = first; at < first + width; at++) {
            if (at > first) write(separator);
            write(at < from ? left : at < to ? texts[at]! : right);
          }
          found.push(partOf(begin, size - begin));
        }
      }
      ends.push(found.length);
    }
    const all = new Uint8Array(size);
    let at = 0;
    for (const text of written) {
      all.set(text, at);
      at += text.length;
    }
    const limitsOfRows = rows.length === 0 ? [] : ends;
    return [
      bytesTensor(all),
      partsTensor(found),
      new Tensor('int64', BigInt64Array.from(limitsOfRows, BigInt), [limitsOfRows.length]),
    ];
  },
};
