import { type Config, configKey } from './candidates.ts';
import type { CandidateTimes, Plan, PlanLayer } from './plan.ts';

const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const ms = (value: number) => `${value < 10 ? value.toPrecision(3) : value.toFixed(0)} ms`;

function density({ min, max }: PlanLayer['density']): string {
  return percent(min) === percent(max) ? percent(min) : `${percent(min)} to ${percent(max)}`;
}

/** The time of a candidate with its spread. */
function timed({ median, min, max, rounds }: CandidateTimes): string {
  return rounds === 0
    ? `expected ${ms(median)}`
    : `${ms(median)} (${ms(min)} to ${ms(max)}, ${rounds} rounds)`;
}

/** Whether an algorithm skips zeros. */
type IsSparse = (algorithm: string) => boolean;

/** What would change the choice. */
function turning(
  { guard, refused, density: { min } }: PlanLayer,
  chosen: CandidateTimes,
  other: CandidateTimes | undefined,
  isSparse: IsSparse,
): string {
  if (guard !== null) {
    return `Inputs with more than ${percent(guard.density)} non-zeros run with ${configKey(guard)}.`;
  }
  if (other && other.median <= chosen.median) return 'Either would do.';
  if (other) {
    const share = chosen.median / other.median;
    const zeros =
      isSparse(other.algorithm) && !isSparse(chosen.algorithm)
        ? `, with at most ${percent(min * share)} non-zeros`
        : '';
    return `${other.algorithm} would have to take ${percent(1 - share)} less time${zeros}.`;
  }
  const [first] = refused;
  return first === undefined
    ? 'No other algorithm was measured.'
    : `${first.algorithm} refuses: ${first.reason}.`;
}

/** Why a layer runs as it does, and what would change that, in one line. */
export function explainLayer(layer: PlanLayer, isSparse: IsSparse = () => false): string {
  const { name, times, runnerUp, settlement, refused } = layer;
  const key = configKey(layer);
  const find = (config: Config) => times.find((candidate) => configKey(candidate) === configKey(config));
  const chosen = find(layer);
  if (chosen === undefined) {
    const reasons = refused.map(({ algorithm, reason }) => `${algorithm}: ${reason}`).join('; ');
    return `${name}: ${key}, because every other algorithm refuses (${reasons}).`;
  }
  const other = runnerUp && find(runnerUp);
  const against = other
    ? `, ${configKey(other)} ${ms(other.median)} (${(other.median / chosen.median).toFixed(2)}×)`
    : '';
  const doubt =
    settlement === 'budget' || settlement === 'rounds' ? `; not settled, ${settlement} ran out` : '';
  return `${name}: ${key} at density ${density(layer.density)}: ${timed(chosen)}${against}${doubt}. ${turning(layer, chosen, other || undefined, isSparse)}`;
}

/** How far two plans of one model agree, as shares of the time that the first one's choices take. */
export interface Agreement {
  /** On the algorithm. */
  readonly algorithm: number;
  /** On its parameters as well. */
  readonly parameters: number;
}

export function agreement(a: Plan, b: Plan): Agreement {
  const others = new Map(b.layers.map((layer) => [layer.name, layer]));
  let [total, algorithm, parameters] = [0, 0, 0];
  for (const layer of a.layers) {
    const ms = layer.times.find((entry) => configKey(entry) === configKey(layer))?.median ?? 0;
    const other = others.get(layer.name);
    total += ms;
    if (other?.algorithm === layer.algorithm) algorithm += ms;
    if (other && configKey(other) === configKey(layer)) parameters += ms;
  }
  return total === 0
    ? { algorithm: 1, parameters: 1 }
    : { algorithm: algorithm / total, parameters: parameters / total };
}
