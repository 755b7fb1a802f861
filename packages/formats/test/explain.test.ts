import { describe, expect, it } from 'vitest';
import { cpo, cps, cpsColumn, csr, explain, im2col, mec } from '../src/index.ts';
import { mapOfRows } from './maps.ts';

const small = mapOfRows([
  [0, 5],
  [1.5, 0],
]);
const padded = { kernel: [3, 3], pads: [1, 1, 1, 1] } as const;
const twoChannels = { channels: 2, height: 1, width: 3, data: Float32Array.of(0, 0, 0, 1, 0, -2) };

function lines(...text: string[]): string {
  return text.join('\n');
}

describe('explain', () => {
  it('shows the padding, and pads the columns of wide values', () => {
    expect(explain(cpo.encode(small, padded))).toBe(
      lines(
        '  0   0   0   0        r=2  ptr 0 2 2   IN 7 5   DA 1.5 5',
        '  0   0   5   0',
        '  0 1.5   0   0',
        '  0   0   0   0',
      ),
    );
  });

  it('shows an empty channel without arrays', () => {
    expect(explain(cpo.encode(twoChannels, { kernel: [1, 1] }))).toBe(
      lines(' 0  0  0', '', ' 1  0 -2        r=1  ptr 0 1 1 2   IN 0 0   DA 1 -2'),
    );
  });

  it('shows the sets of a column with their masks, first row first', () => {
    expect(explain(cpsColumn.encode(mapOfRows([[1], [0], [2]]), { kernel: [1, 1] }))).toBe(
      lines('1        r=1  ptr 0 1   set:mask 0:1010   DA 1 2', '0', '2'),
    );
  });

  it('shows the lists of tile sets beside all channels', () => {
    expect(explain(cps.encode(twoChannels, { kernel: [1, 1] }, { tileWidth: 2 }))).toBe(
      lines(
        ' 0  0  0        row 0 tile 0  10  channel 1  DA 1',
        '                row 0 tile 1  10  channel 1  DA -2',
        ' 1  0 -2',
      ),
    );
  });

  it('shows the rows of the dense matrices, and the arrays of CSR', () => {
    const row = mapOfRows([[1, 0, 2]]);
    const geometry = { kernel: [1, 2] } as const;
    expect(explain(im2col.encode(row, geometry))).toBe(lines('1 0 2        1 0', '             0 2'));
    expect(explain(mec.encode(row, geometry))).toBe(lines('1 0 2        1 0', '             0 2'));
    expect(explain(csr.encode(row, geometry))).toBe(
      lines('1 0 2        ptr 0 1 2', '             IN 0 1', '             DA 1 2'),
    );
  });

  it('refuses a map that nobody would read', () => {
    const large = { channels: 1, height: 33, width: 32, data: new Float32Array(33 * 32) };
    expect(() => explain(cpo.encode(large, { kernel: [1, 1] }))).toThrow(
      'Expected at most 1024 padded elements for a map to explain, received 1056.',
    );
  });
});
