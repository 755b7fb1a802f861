import { writeWhole } from '@zeroskip/batch';
import { stringify } from 'csv-stringify/sync';
import { markdownTable } from 'markdown-table';
import type { LayerShape } from '../layers/shape.ts';
import { lines } from './lines.ts';

/** A flat record; `null` where there is no value. */
export type RowRecord = Readonly<Record<string, string | number | null>>;

/** Where to write a report. */
export interface ReportFiles {
  readonly json?: string;
  readonly csv?: string;
  readonly jsonl?: string;
  readonly markdown?: string;
  readonly html?: string;
}

/** Which convolution, flat. */
export function shapeRecord({ name, inputShape, weightShape, strides, dilations, pads, group }: LayerShape) {
  const [batch, channels, height, width] = inputShape as [number, number, number, number];
  const [filters, , kernelHeight, kernelWidth] = weightShape as [number, number, number, number];
  return {
    name,
    batch,
    channels,
    height,
    width,
    filters,
    kernel: `${kernelHeight}x${kernelWidth}`,
    strides: strides.join('x'),
    dilations: dilations.join('x'),
    pads: pads.join(' '),
    group,
  };
}

/** `block=64`, with blanks between several. */
export function parametersText(parameters: Readonly<Record<string, number>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

const rounded = (value: RowRecord[string] | undefined) =>
  typeof value === 'number' ? String(Number(value.toPrecision(3))) : (value ?? '–');

/** A table for a README or an issue, three digits each. */
function markdownText(records: readonly RowRecord[], keys: readonly string[]): string {
  const cells = records.map((record) => keys.map((key) => rounded(record[key]).replaceAll('|', '\\|')));
  return `${markdownTable([[...keys], ...cells], { align: keys.map((key) => (key === 'name' ? 'l' : 'r')) })}\n`;
}

/** A report in all its forms. */
export interface ReportForms {
  readonly report: object;
  readonly records: readonly RowRecord[];
  /** The records' keys that a table for people shows. */
  readonly shown: readonly string[];
  /** Sentences that belong below that table. */
  readonly notes?: readonly string[];
  /** The page; asked for only when it is wanted. */
  html(): Promise<string>;
}

/** Writes the files that were asked for. */
export async function writeReports(files: ReportFiles, forms: ReportForms): Promise<void> {
  const notes = forms.notes?.map((note) => `${note}\n`);
  const texts = {
    json: () => `${JSON.stringify(forms.report, null, 2)}\n`,
    csv: () => stringify([...forms.records], { header: true }),
    jsonl: () => forms.records.map((record) => `${JSON.stringify(record)}\n`).join(''),
    markdown: () => lines(markdownText(forms.records, forms.shown), notes).join('\n'),
    html: () => forms.html(),
  };
  for (const [name, text] of Object.entries(texts)) {
    const path = files[name as keyof ReportFiles];
    if (path !== undefined) await writeWhole(`--${name}`, path, await text());
  }
}
