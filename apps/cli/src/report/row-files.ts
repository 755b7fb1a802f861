import { stringify } from 'csv-stringify/sync';
import { markdownTable } from 'markdown-table';
import { savings } from '../claims.ts';
import { chosenBytes, im2colBytes, type LayerRow } from '../layer-rows.ts';

/** A convolution as one flat record; times in milliseconds, `null` where there is no format. */
function record(row: LayerRow) {
  const [batch, channels, height, width] = row.inputShape;
  const [filters, , kernelHeight, kernelWidth] = row.weightShape;
  const bytes = chosenBytes(row);
  return {
    name: row.name,
    batch,
    channels,
    height,
    width,
    filters,
    kernel: `${kernelHeight}x${kernelWidth}`,
    strides: row.strides.join('x'),
    dilations: row.dilations.join('x'),
    pads: row.pads.join(' '),
    group: row.group,
    density: row.density,
    algorithm: row.algorithm,
    parameters: Object.entries(row.parameters)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    ms: row.ms,
    encodeMs: row.encodeMs,
    computeMs: row.computeMs,
    im2colMs: row.im2colMs,
    savings: savings(row.ms, row.im2colMs),
    cr: bytes ? im2colBytes(row) / bytes : null,
    workspaceBytes: row.workspaceBytes,
  };
}

/** Comma-separated values with a line of titles. */
export function csvText(rows: readonly LayerRow[]): string {
  return stringify(rows.map(record), { header: true });
}

/** One JSON object on each line. */
export function jsonlText(rows: readonly LayerRow[]): string {
  return rows.map((row) => `${JSON.stringify(record(row))}\n`).join('');
}

const rounded = (value: unknown) =>
  value === null ? '–' : typeof value === 'number' ? String(Number(value.toPrecision(3))) : String(value);

/** A table for a README or an issue, three digits each. */
export function markdownText(rows: readonly LayerRow[]): string {
  const records = rows.map(record);
  const titles = [
    'name',
    'channels',
    'filters',
    'height',
    'width',
    'kernel',
    'density',
    'algorithm',
  ] as const;
  const figures = ['ms', 'encodeMs', 'im2colMs', 'savings', 'cr'] as const;
  const keys = [...titles, ...figures];
  const cells = records.map((values) => keys.map((key) => rounded(values[key]).replaceAll('|', '\\|')));
  return `${markdownTable([[...keys], ...cells], { align: keys.map((key) => (key === 'name' ? 'l' : 'r')) })}\n`;
}
