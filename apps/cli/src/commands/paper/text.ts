import { formats } from '@zeroskip/formats';
import { markdownTable } from 'markdown-table';
import type { Environment } from '../../machine.ts';
import { factor, percent } from '../../report/figures.ts';
import { machineLines } from '../../report/machine-lines.ts';
import { shorten, table, WIDTH } from '../../report/table.ts';
import { wrap } from '../../report/wrap.ts';
import { BASELINE } from '../../trial/contender.ts';
import type { PaperClaim, PaperLayer } from './claims.ts';
import { EASY_DENSITY, type EasyRow } from './easy.ts';

/** What `zeroskip paper --json` writes. Times are in milliseconds. */
export interface PaperReport {
  readonly environment: Environment;
  readonly model: { readonly path: string; readonly sha256: string };
  readonly inputs: readonly string[];
  readonly claims: readonly PaperClaim[];
  readonly contenders: readonly { readonly name: string; readonly samplesMs: readonly number[] }[];
  readonly layers: readonly PaperLayer[];
  readonly easy: readonly EasyRow[];
}

const right = (title: string) => ({ title, align: 'right' as const });

function figure({ unit }: PaperClaim, value: number): string {
  return unit === 'share' ? percent(value) : factor(value);
}

function claimsTable(claims: readonly PaperClaim[]): string {
  const rows = claims.map((claim) => [
    claim.claim,
    `up to ${figure(claim, claim.paper)}`,
    figure(claim, claim.ours),
    wrap(claim.how, 38),
  ]);
  return table([{ title: 'claim' }, right('paper'), right('ours'), { title: 'how' }], rows);
}

/** Microseconds, as these layers are tiny. */
const microseconds = (ms: number | undefined) => (ms === undefined ? '–' : (1000 * ms).toFixed(1));

function easyTable(rows: readonly EasyRow[]): string {
  const timed = [...new Set(rows.flatMap(({ ms }) => Object.keys(ms)))];
  const sized = formats.filter(({ id }) => id !== BASELINE).map(({ id }) => id);
  const columns = [
    right('map'),
    ...timed.map((id) => right(`${id}, µs`)),
    ...sized.map((id) => right(`CR ${id}`)),
  ];
  const lines = rows.map(({ size, ms, bytes }) => [
    `${size}×${size}`,
    ...timed.map((id) => microseconds(ms[id])),
    ...sized.map((id) => factor(bytes[BASELINE]! / bytes[id]!)),
  ]);
  return table(columns, lines);
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
      : claimsTable(claims),
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
  const rows = claims.map((claim) => [
    claim.claim,
    `up to ${figure(claim, claim.paper)}`,
    figure(claim, claim.ours),
    claim.how,
  ]);
  return `${markdownTable([['claim', 'paper', 'ours', 'how'], ...rows], { align: ['l', 'r', 'r', 'l'] })}\n`;
}
