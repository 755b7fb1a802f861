import { formats } from '@zeroskip/formats';
import { markdownTable } from 'markdown-table';
import { factor, orDash, percent } from '../../report/figures.ts';
import { machineLines } from '../../report/machine-lines.ts';
import { type Column, cellsOf, left, right, shorten, table, WIDTH, wrap } from '../../report/table.ts';

import { BASELINE } from '../../trial/contender.ts';
import type { PaperClaim } from './claims.ts';
import { EASY_DENSITY, type EasyRow } from './easy.ts';
import type { PaperReport } from './measure.ts';

function figure({ unit }: PaperClaim, value: number): string {
  return unit === 'share' ? percent(value) : factor(value);
}

/** A claim beside what was measured; explanations are at most `width` wide. */
function claimColumns(width: number): Column<PaperClaim>[] {
  return [
    left('claim', ({ claim }) => claim),
    right('paper', (claim) => `up to ${figure(claim, claim.paper)}`),
    right('ours', (claim) => figure(claim, claim.ours)),
    left('how', ({ how }) => wrap(how, width)),
  ];
}

/** Microseconds, as these layers are tiny. */
const microseconds = (ms: number) => (1000 * ms).toFixed(1);

function easyTable(rows: readonly EasyRow[]): string {
  const timed = [...new Set(rows.flatMap(({ ms }) => Object.keys(ms)))];
  const sized = formats.filter(({ id }) => id !== BASELINE).map(({ id }) => id);
  return table(rows, [
    right('map', ({ size }) => `${size}×${size}`),
    ...timed.map((id) => right(`${id}, µs`, ({ ms }: EasyRow) => orDash(ms[id], microseconds))),
    ...sized.map((id) => right(`CR ${id}`, ({ bytes }: EasyRow) => factor(bytes[BASELINE]! / bytes[id]!))),
  ]);
}

/** What `zeroskip paper` prints: at most 100 columns wide. */
export function paperText({ environment, model, inputs, claims, easy }: PaperReport): string {
  const refusals = Object.entries(easy[0]?.refusals ?? {});
  return [
    ...machineLines(environment, model),
    `Inputs       ${inputs.length}: ${shorten(inputs.join(', '), 80)}`,
    '',
    'Claims of arXiv 2104.08314, on this network; times include encoding and lowering:',
    '',
    claims.length === 0
      ? 'No layer is accepted by CPO or CPS and neither pointwise nor grouped.'
      : table(claims, claimColumns(38)),
    '',
    "The authors' own protocol, on one thread: one channel, one 3×3 filter, stride 1, no padding,",
    `non-zeros about ${percent(EASY_DENSITY)}; here with lowering, which their times leave out:`,
    '',
    easyTable(easy),
    ...refusals.map(([id, reason]) => wrap(`${id} refuses these: ${reason}`, WIDTH)),
  ].join('\n');
}

/** The claims as a table for a README. */
export function paperMarkdown({ claims }: PaperReport): string {
  const columns = claimColumns(Number.POSITIVE_INFINITY);
  const rows = claims.map((claim) => cellsOf(columns, claim));
  const titles = columns.map(({ title }) => title);
  return `${markdownTable([titles, ...rows], { align: columns.map(({ align }) => align ?? 'left') })}\n`;
}
