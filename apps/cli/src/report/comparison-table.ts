import { median } from '@zeroskip/selector';
import { type Comparison, type LayerComparison, type OwnTimes, timesOf } from '../layers/comparison.ts';
import { sum } from '../statistics.ts';
import { AUTO, BASELINE, choicesOf } from '../trial/contender.ts';
import { factor, milliseconds } from './figures.ts';
import { layerColumns } from './layer-columns.ts';
import { lines } from './lines.ts';
import { cellsOf, shorten, tableOfCells, WIDTH } from './table.ts';

/** Contenders up to which a cell has room for time and factor. */
const ROOMY = 2;
/** Shorter names of layers tell too little. */
const SHORTEST_NAME = 22;
const MOST_SHOWN = 3;
const COLUMNS = layerColumns();

const figures = (title: string) => ({ title, align: 'right' }) as const;

/** Whether the contender's own algorithm took the layer; those that choose by layer always do. */
function isOwn({ contender, algorithm }: OwnTimes, chosen: ReadonlySet<string>): boolean {
  const choices = choicesOf(contender)!;
  return chosen.has(choices) || choices === algorithm;
}

/** Everything that a table needs, whatever its columns. */
interface Sheet {
  readonly layers: readonly LayerComparison[];
  readonly reference: { readonly name: string; ms(layer: LayerComparison): number | undefined };
  readonly chosen: ReadonlySet<string>;
  readonly roomy: boolean;
}

function cellLines({ layers, reference, chosen, roomy }: Sheet, shown: readonly string[]): string[][] {
  const cell = (ms: number, referenceMs: number | undefined) => {
    const times = referenceMs === undefined ? '–' : factor(referenceMs / ms);
    return roomy ? `${milliseconds(ms)} (${times})` : times;
  };
  const compared = layers.filter((layer) => reference.ms(layer) !== undefined);
  const total = sum(compared.map((layer) => reference.ms(layer)!));
  return [
    ...layers.map((layer) => {
      const referenceMs = reference.ms(layer);
      return [
        ...cellsOf(COLUMNS, layer),
        referenceMs === undefined ? '–' : milliseconds(referenceMs),
        ...shown.map((name) => {
          const times = timesOf(layer, name);
          return isOwn(times, chosen) ? cell(median(times.samplesMs), referenceMs) : '–';
        }),
      ];
    }),
    [
      `all ${compared.length}`,
      ...Array<string>(COLUMNS.length - 1).fill(''),
      milliseconds(total),
      ...shown.map((name) =>
        cell(sum(compared.map((layer) => median(timesOf(layer, name).samplesMs))), total),
      ),
    ],
  ];
}

function sheetTable(sheet: Sheet, shown: readonly string[], nameWidth = Number.POSITIVE_INFINITY): string {
  const columns = [
    ...COLUMNS,
    figures(shorten(sheet.reference.name, 12)),
    ...shown.map((name) => figures(shorten(choicesOf(name)!, 10))),
  ];
  const rows = cellLines(sheet, shown).map(([name, ...cells]) => [shorten(name!, nameWidth), ...cells]);
  return tableOfCells(columns, rows);
}

/** As many contenders in one table as leave room for the names of layers; the others in tables below. */
function tables(sheet: Sheet, shown: readonly string[]): string[] {
  let count = shown.length;
  const widest = (names: readonly string[]) =>
    Math.max(
      ...sheetTable(sheet, names, SHORTEST_NAME)
        .split('\n')
        .map((line) => line.length),
    );
  while (count > 1 && widest(shown.slice(0, count)) > WIDTH) count--;
  const rest = shown.slice(count);
  return [sheetTable(sheet, shown.slice(0, count)), ...(rest.length === 0 ? [] : tables(sheet, rest))];
}

/**
 * One line per layer: the reference's milliseconds, then each contender's, with how many times faster it is; the
 * factor alone where there are many. The reference is the peer, or im2col without one. A dash stands for a layer
 * that an algorithm refuses, or that was not found among the peer's nodes.
 * @param chosen contenders' choices that are not an algorithm's name
 */
export function comparisonTables({ layers, rest }: Comparison, chosen: ReadonlySet<string>): string {
  const contenders = layers[0]!.own.map(({ contender }) => contender);
  const baseline = contenders.find((name) => choicesOf(name) === BASELINE)!;
  const shown = rest === undefined ? contenders.filter((name) => name !== baseline) : contenders;
  const reference =
    rest === undefined
      ? { name: BASELINE, ms: (layer: LayerComparison) => median(timesOf(layer, baseline).samplesMs) }
      : { name: rest.contender, ms: ({ peer }: LayerComparison) => peer && median(peer.samplesMs) };
  return tables({ layers, reference, chosen, roomy: shown.length <= ROOMY }, shown).join('\n\n');
}

/** Where the peer's time went beside the layers, and what was not found. */
export function restLines({ rest }: Comparison): string[] {
  if (rest === undefined) return [];
  const { contender, operators, missing } = rest;
  const medians = Object.entries(operators)
    .map(([operator, samplesMs]) => ({ operator, ms: median(samplesMs) }))
    .sort((a, b) => b.ms - a.ms);
  const total = (list: typeof medians) => milliseconds(sum(list.map(({ ms }) => ms)));
  const reorders = medians.filter(({ operator }) => operator.startsWith('Reorder'));
  const others = medians.filter((entry) => !reorders.includes(entry));
  const largest = others.slice(0, MOST_SHOWN).map(({ operator, ms }) => `${operator} ${milliseconds(ms)}`);
  const inWords = [
    `reordering of maps ${total(reorders)} ms`,
    `other operators ${total(others)} ms${largest.length === 0 ? '' : ` (${largest.join(', ')})`}`,
  ];
  const more = missing.length > MOST_SHOWN ? ` and ${missing.length - MOST_SHOWN} more` : '';
  return lines(
    `Beside the convolutions, ${contender}: ${inWords.join('; ')}`,
    missing.length > 0 &&
      `Not found in its profile: ${shorten(missing.slice(0, MOST_SHOWN).join(', '), 60)}${more}`,
  );
}

/** Contenders that choose an algorithm for each layer. */
const CHOOSERS = new Set([AUTO, 'plan']);

/** The comparison with its heading and what goes beside it. */
export function comparisonLines(comparison: Comparison): string[] {
  const { rest } = comparison;
  const against = rest === undefined ? BASELINE : `${rest.contender}'s own profile`;
  return lines(
    `Median milliseconds of each convolution, and how many times faster than ${against}:`,
    '',
    comparisonTables(comparison, CHOOSERS),
    rest && ['', ...restLines(comparison)],
  );
}
