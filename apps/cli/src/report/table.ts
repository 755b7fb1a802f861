import Table from 'cli-table3';

/** How a column looks. */
export interface ColumnStyle {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Its texts are shortened until the table fits; at most one column. */
  readonly elastic?: boolean;
}

/** A column with what it shows of each row. */
export interface Column<Row> extends ColumnStyle {
  cell(row: Row): string;
}

export function left<Row>(title: string, cell: (row: Row) => string): Column<Row> {
  return { title, cell };
}

/** A column of figures. */
export function right<Row>(title: string, cell: (row: Row) => string): Column<Row> {
  return { title, align: 'right', cell };
}

export function elastic<Row>(title: string, cell: (row: Row) => string): Column<Row> {
  return { title, elastic: true, cell };
}

export function cellsOf<Row>(columns: readonly Column<Row>[], row: Row): string[] {
  return columns.map(({ cell }) => cell(row));
}

/** Widest line of any table. */
export const WIDTH = 100;

const SIDES = ['top', 'bottom', 'left', 'right', 'mid'];
const JOINTS = ['top-mid', 'top-left', 'top-right', 'bottom-mid', 'bottom-left', 'bottom-right'];
const CROSSINGS = ['left-mid', 'mid-mid', 'right-mid'];
const BETWEEN = '  ';
const NO_LINES = Object.fromEntries([...SIDES, ...JOINTS, ...CROSSINGS].map((place) => [place, '']));

const GAP = BETWEEN.length;
const NARROWEST = 8;

/** `text` in at most `width` characters; of a longer one, the end says more than the middle. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.floor((width - 1) / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}

function fitted(columns: readonly ColumnStyle[], rows: readonly (readonly string[])[]): string[][] {
  const elastic = columns.findIndex((column) => column.elastic);
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const taken = widths.reduce((sum, width, i) => (i === elastic ? sum : sum + width + GAP), 0);
  const left = Math.max(NARROWEST, WIDTH - taken);
  return rows.map((row) => row.map((text, i) => (i === elastic ? shorten(text, left) : text)));
}

/** Plain columns, two blanks between them, without lines or colours. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  return tableOfCells(
    columns,
    rows.map((row) => cellsOf(columns, row)),
  );
}

/** The same for rows that differ in kind. */
export function tableOfCells(columns: readonly ColumnStyle[], rows: readonly (readonly string[])[]): string {
  const grid = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align = 'left' }) => align),
    chars: { ...NO_LINES, middle: BETWEEN },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  grid.push(...fitted(columns, rows));
  return grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Breaks a text into lines of at most `width` characters, between words. */
export function wrap(text: string, width: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (lines[last] !== '' && `${lines[last]} ${word}`.length > width) lines.push(word);
    else lines[last] = lines[last] === '' ? word : `${lines[last]} ${word}`;
  }
  return lines.join('\n');
}
