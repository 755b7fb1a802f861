import { rangeError } from '@zeroskip/tensor';
import { showValue } from './arrays/show-values.ts';
import type { EncodedMap } from './format.ts';
import { format } from './formats.ts';
import { type ActivationMap, paddedSize } from './map/activation-map.ts';

/** A map that a person can take in, and that a terminal shows. */
const MAX_EXPLAINED_ELEMENTS = 1024;
const GAP = ' '.repeat(8);

function paddedRows(map: ActivationMap, { geometry }: EncodedMap): string[][] {
  const [paddedHeight, paddedWidth] = paddedSize(map, geometry);
  const [top, left] = geometry.pads;
  const cells = Array.from({ length: map.channels }, (_, channel) =>
    Array.from({ length: paddedHeight }, (_, row) =>
      Array.from({ length: paddedWidth }, (_, column) => {
        const y = row - top;
        const x = column - left;
        if (y < 0 || y >= map.height || x < 0 || x >= map.width) return '0';
        return showValue(map.data[(channel * map.height + y) * map.width + x]!);
      }),
    ),
  );
  const width = Math.max(...cells.flat(2).map((cell) => cell.length));
  return cells.map((rows) => rows.map((row) => row.map((cell) => cell.padStart(width)).join(' ')));
}

function sideBySide(left: readonly string[], right: readonly string[]): string[] {
  const width = left.reduce((max, line) => Math.max(max, line.length), 0);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    right[i] === undefined ? left[i]! : `${(left[i] ?? '').padEnd(width)}${GAP}${right[i]}`,
  );
}

/**
 * A small map with its padding, channel by channel, and beside it the arrays that stand for it.
 * @throws `ZeroskipRangeError` for a padded map of more than 1024 elements, or arrays that are not valid.
 */
export function explain(encoded: EncodedMap): string {
  const codec = format(encoded.format);
  const map = codec.decode(encoded);
  const [paddedHeight, paddedWidth] = paddedSize(map, encoded.geometry);
  const elements = map.channels * paddedHeight * paddedWidth;
  if (elements > MAX_EXPLAINED_ELEMENTS) {
    throw rangeError('a map to explain', `at most ${MAX_EXPLAINED_ELEMENTS} padded elements`, elements);
  }
  const maps = paddedRows(map, encoded);
  const notes = codec.annotate(encoded);
  const blocks =
    notes.length === map.channels
      ? maps.map((rows, channel) => sideBySide(rows, notes[channel]!))
      : [
          sideBySide(
            maps.flatMap((rows, channel) => (channel === 0 ? rows : ['', ...rows])),
            notes.flat(),
          ),
        ];
  return blocks.map((lines) => lines.join('\n')).join('\n\n');
}
