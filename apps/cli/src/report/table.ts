import Table from 'cli-table3';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Its texts are shortened until the table fits; at most one column. */
  readonly elastic?: boolean;
}

/** Widest line of any table. */
export const WIDTH = 100;

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

const GAP = NO_LINES.middle.length;
const NARROWEST = 8;

/** `text` in at most `width` characters; of a longer one, the end says more than the middle. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.floor((width - 1) / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}

function fitted(columns: readonly Column[], rows: readonly (readonly string[])[]): string[][] {
  const elastic = columns.findIndex((column) => column.elastic);
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const taken = widths.reduce((sum, width, i) => (i === elastic ? sum : sum + width + GAP), 0);
  const left = Math.max(NARROWEST, WIDTH - taken);
  return rows.map((row) => row.map((text, i) => (i === elastic ? shorten(text, left) : text)));
}

/** Plain columns, two blanks between them, without lines or colours. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const grid = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align = 'left' }) => align),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  grid.push(...fitted(columns, rows));
  return grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
