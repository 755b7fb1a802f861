import { markdownTable } from 'markdown-table';
import { factor, milliseconds, orDash, percent } from '../../report/figures.ts';
import { machineLines } from '../../report/machine-lines.ts';
import { type Column, cellsOf, left, right, shorten, table, WIDTH, wrap } from '../../report/table.ts';
import { mean, sumOf } from '../../statistics.ts';
import { PAPER_ALGORITHMS, type PaperClaim } from './claims.ts';
import type { PaperModel, PaperReport } from './measure.ts';
import { type PaperNetwork, wholeSavings } from './networks.ts';
import { METHODS, type ProtocolLayer, type ProtocolSavings, protocolSavings, timeOf } from './protocol.ts';

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

const microseconds = (ms: number) => (1000 * ms).toFixed(ms >= 0.1 ? 0 : 2);

function bySize(layers: readonly ProtocolLayer[]): ProtocolLayer[][] {
  const sizes = new Map<string, ProtocolLayer[]>();
  for (const layer of layers) {
    const key = [...layer.input, ...layer.kernel].join();
    sizes.set(key, [...(sizes.get(key) ?? []), layer]);
  }
  return [...sizes.values()];
}

/** Layers of one size in one row, with the mean of their times. */
function timesTable(layers: readonly ProtocolLayer[], isWhole: boolean): string {
  return table(bySize(layers), [
    right('map', ([first]) => first!.input.join('×')),
    right('kernel', ([first]) => first!.kernel.join('×')),
    right('layers', (of) => String(of.length)),
    right('density', (of) => mean(of.map(({ density }) => density)).toFixed(2)),
    ...METHODS.map(({ id, title }) =>
      right(title, (of: ProtocolLayer[]) =>
        microseconds(mean(of.map((layer) => timeOf(layer, id, isWhole)))),
      ),
    ),
  ]);
}

/** What the paper says of a baseline. */
const PAPER_SAVINGS: Readonly<Record<string, string>> = { im2col: 'up to 63 %', MEC: 'up to 28 %' };

function savingsTable(layers: readonly ProtocolLayer[]): string {
  const [whole, alone] = [protocolSavings(layers, true), protocolSavings(layers, false)];
  const columns = (title: string, all: readonly ProtocolSavings[]) => [
    right(title, (at: number) => percent(all[at]!.mean)),
    right('faster on', (at: number) => `${all[at]!.wins} of ${layers.length}`),
    right('there', (at: number) => orDash(all[at]!.meanOfWins, percent)),
  ];
  return table(
    whole.map((_, at) => at),
    [
      left('against', (at) => whole[at]!.baseline),
      right('paper', (at) => PAPER_SAVINGS[whole[at]!.baseline] ?? '–'),
      ...columns('with lowering', whole),
      ...columns('without', alone),
    ],
  );
}

/** Why figures under this protocol and under ours differ. */
const DIFFERENCES = [
  'im2col and MEC write their matrices element by element, as the published code does, and multiply in vectors.',
  '"Rows" copies whole rows of the map instead. With one filter nothing then remains to be saved: the products of a' +
    ' vector of dense elements cost one instruction, those of sparse elements one each.',
  'With all filters of a layer, an element meets whole vectors of weights, and skipping it saves them all.',
];

function protocolLines(layers: readonly ProtocolLayer[], network: string): string[] {
  if (layers.length === 0) return [];
  return [
    '',
    `${network}, under the authors' protocol: one channel, one filter, stride 1, no padding, one thread;`,
    'µs, lowering and encoding included:',
    '',
    timesTable(layers, true),
    '',
    'Without lowering and encoding:',
    '',
    timesTable(layers, false),
    '',
    'Time savings of the faster of CPO and CPS (column sets), the mean over the layers:',
    '',
    savingsTable(layers),
  ];
}

function wholeTable(networks: readonly PaperNetwork[]): string {
  return table(networks, [
    left('network', ({ name }) => name),
    right('layers', ({ whole }) => String(whole.length)),
    ...PAPER_ALGORITHMS.map((id) =>
      right(`${id}, ms`, ({ whole }: PaperNetwork) =>
        whole.every(({ ms }) => ms[id] !== undefined) ? milliseconds(sumOf(whole, ({ ms }) => ms[id]!)) : '–',
      ),
    ),
    right('saved per layer', ({ whole }) => percent(wholeSavings(whole).mean)),
    right('together', ({ whole }) => percent(wholeSavings(whole).together)),
  ]);
}

function networkLines({ model, inputs, claims, authors }: PaperModel): string[] {
  return [
    `Model        ${shorten(model.path, 60)} (sha256 ${model.sha256.slice(0, 12)}…)`,
    `Inputs       ${inputs.length}: ${shorten(inputs.join(', '), 80)}`,
    '',
    'Claims of arXiv 2104.08314, on this network; times include encoding and lowering:',
    '',
    claims.length === 0
      ? 'No layer is accepted by CPO or CPS and neither pointwise nor grouped.'
      : table(claims, claimColumns(38)),
    ...protocolLines(authors, 'The network'),
  ];
}

function shapesLines(networks: readonly PaperNetwork[]): string[] {
  return [
    ...networks.flatMap(({ name, authors }) => protocolLines(authors, name)),
    '',
    'Whole layers: all channels and filters, strides and padding, encoding and lowering included, a GEMM',
    'for im2col and MEC; what the fastest of CPO and CPS saves of the time of im2col:',
    '',
    wholeTable(networks),
  ];
}

/** What `zeroskip paper` prints: at most 100 columns wide. */
export function paperText({ environment, network, shapes }: PaperReport): string {
  const hasProtocol = shapes.length > 0 || (network !== undefined && network.authors.length > 0);
  return [
    ...machineLines(environment),
    ...(network ? networkLines(network) : []),
    ...(shapes.length > 0 ? shapesLines(shapes) : []),
    ...(hasProtocol ? ['', ...DIFFERENCES.map((sentence) => wrap(sentence, WIDTH))] : []),
  ].join('\n');
}

/** The claims as a table for a README. */
export function paperMarkdown({ network }: PaperReport): string {
  const columns = claimColumns(Number.POSITIVE_INFINITY);
  const rows = (network?.claims ?? []).map((claim) => cellsOf(columns, claim));
  const titles = columns.map(({ title }) => title);
  return `${markdownTable([titles, ...rows], { align: columns.map(({ align }) => align ?? 'left') })}\n`;
}
