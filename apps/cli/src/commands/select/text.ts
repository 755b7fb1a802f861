import { configKey, type Plan } from '@zeroskip/selector';
import { percent } from '../../report/figures.ts';
import { elastic, right, shorten, table } from '../../report/table.ts';
import { sum } from '../../statistics.ts';

/** What was chosen, by algorithm and parameters, and how sure it is. */
export function planText({ layers, machine }: Plan, path: string): string {
  const counts = new Map<string, { layers: number; ms: number }>();
  for (const layer of layers) {
    const key = configKey(layer);
    const before = counts.get(key) ?? { layers: 0, ms: 0 };
    counts.set(key, { layers: before.layers + 1, ms: before.ms + (layer.times[0]?.median ?? 0) });
  }
  const totalMs = sum([...counts.values()].map(({ ms }) => ms));
  const rows = [...counts].map(([key, of]) => ({ key, ...of })).sort((a, b) => b.ms - a.ms);
  const settled = layers.filter(({ settlement }) => settlement === 'settled').length;
  return [
    table(rows, [
      elastic('chosen', ({ key }) => key),
      right('layers', ({ layers: count }) => String(count)),
      right('of their time', ({ ms }) => percent(totalMs === 0 ? 0 : ms / totalMs)),
    ]),
    '',
    layers.every(({ settlement }) => settlement === 'estimated')
      ? `All ${layers.length} decisions are estimates: nothing was timed.`
      : settled === layers.length
        ? `All ${settled} decisions are settled.`
        : `${settled} of ${layers.length} decisions are settled; the others ran out of time or rounds.`,
    `Wrote ${path} for ${shorten(machine.cpu, 40)} (${machine.target}), ${machine.threads} threads.`,
  ].join('\n');
}
