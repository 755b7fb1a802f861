import { bitmap, checkFlags, hasBit, setBit } from './bitmap.ts';
import type { Cell } from './cells.ts';
import { assertClass, assertLength, invalid } from './checks.ts';
import { type IndexArray, indexArray, indexClass } from './index-width.ts';

/** Where the entries of each channel and cell begin; channels without entries have a flag of 0 and no more. */
export interface ChannelPointers {
  readonly channelFlags: Uint8Array;
  /** First entry of each non-empty channel, and the number of all entries. */
  readonly channelStarts: IndexArray;
  /** Per non-empty channel and cell: the end of its entries, counted from the channel's first one. */
  readonly cellEnds: IndexArray;
}

/** From the number of entries per channel and cell, `counts[channel · cells + cell]`. */
export function channelPointers(counts: Uint32Array, channels: number, cellCount: number): ChannelPointers {
  const totals = Array.from({ length: channels }, (_, channel) =>
    counts.subarray(channel * cellCount, (channel + 1) * cellCount).reduce((sum, count) => sum + count, 0),
  );
  const nonEmpty = totals.flatMap((total, channel) => (total > 0 ? [channel] : []));
  const channelFlags = bitmap(channels);
  const channelStarts = indexArray(
    totals.reduce((sum, total) => sum + total, 0),
    nonEmpty.length + 1,
  );
  const largest = totals.reduce((max, total) => Math.max(max, total), 0);
  const cellEnds = indexArray(largest, nonEmpty.length * cellCount);
  for (const [position, channel] of nonEmpty.entries()) {
    setBit(channelFlags, channel);
    channelStarts[position + 1] = channelStarts[position]! + totals[channel]!;
    let end = 0;
    for (let cell = 0; cell < cellCount; cell++) {
      end += counts[channel * cellCount + cell]!;
      cellEnds[position * cellCount + cell] = end;
    }
  }
  return { channelFlags, channelStarts, cellEnds };
}

/** Calls `visit` for every cell of every non-empty channel, empty cells included, in the order of the entries. */
export function visitCells(
  { channelFlags, channelStarts, cellEnds }: ChannelPointers,
  channels: number,
  cells: readonly Cell[],
  visit: (channel: number, cell: Cell, start: number, end: number) => void,
): void {
  let position = 0;
  for (let channel = 0; channel < channels; channel++) {
    if (!hasBit(channelFlags, channel)) continue;
    const base = channelStarts[position]!;
    let start = base;
    for (const [index, cell] of cells.entries()) {
      const end = base + cellEnds[position * cells.length + index]!;
      visit(channel, cell, start, end);
      start = end;
    }
    position++;
  }
}

/** Throws unless the pointers cut `entries` entries into one non-empty run per flagged channel. */
export function validateChannelPointers(
  { channelFlags, channelStarts, cellEnds }: ChannelPointers,
  { channels, cellCount, entries }: { channels: number; cellCount: number; entries: number },
): void {
  const nonEmpty = checkFlags('channelFlags', channelFlags, channels, 'channel');
  assertClass('channelStarts', channelStarts, indexClass(entries));
  assertLength('channelStarts', channelStarts, nonEmpty + 1);
  assertLength('cellEnds', cellEnds, nonEmpty * cellCount);
  if (channelStarts[0] !== 0) throw invalid('channelStarts[0]', '0', channelStarts[0]);
  let largest = 0;
  for (let position = 0; position < nonEmpty; position++) {
    const start = channelStarts[position]!;
    const next = channelStarts[position + 1]!;
    if (next <= start || next > entries) {
      throw invalid(`channelStarts[${position + 1}]`, `${start + 1} to ${entries}`, next);
    }
    largest = Math.max(largest, next - start);
    let before = 0;
    for (let cell = 0; cell < cellCount; cell++) {
      const end = cellEnds[position * cellCount + cell]!;
      if (end < before || end > next - start) {
        throw invalid(`cellEnds[${position * cellCount + cell}]`, `${before} to ${next - start}`, end);
      }
      before = end;
    }
    if (before !== next - start)
      throw invalid('the last of cellEnds of a channel', String(next - start), before);
  }
  if (channelStarts[nonEmpty] !== entries) {
    throw invalid('the last of channelStarts', String(entries), channelStarts[nonEmpty]);
  }
  assertClass('cellEnds', cellEnds, indexClass(largest));
}
