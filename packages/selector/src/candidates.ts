import type { AlgorithmInfo } from '@zeroskip/kernels';
import type { Refusal } from './plan.ts';

/** An algorithm with a value for each of its parameters. */
export interface Config {
  readonly algorithm: string;
  readonly parameters: Readonly<Record<string, number>>;
}

/** What a layer says of one algorithm. */
export interface Verdict {
  readonly id: string;
  /** Why the layer cannot run with it; absent when it can. */
  readonly refusal?: string;
}

/** Scalar code that the others are checked against; never a candidate. */
export const REFERENCE = 'reference';

/** Identifies a configuration among a layer's. */
export function configKey({ algorithm, parameters }: Config): string {
  const values = Object.entries(parameters)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  return [algorithm, ...values].join(' ');
}

/** The first candidates of a layer: every algorithm that takes it, with its default parameters. */
export function defaultConfigs(
  descriptors: readonly AlgorithmInfo[],
  verdicts: readonly Verdict[],
): { configs: Config[]; refused: Refusal[] } {
  const configs: Config[] = [];
  const refused: Refusal[] = [];
  for (const { id, parameters } of descriptors) {
    if (id === REFERENCE) continue;
    const verdict = verdicts.find((candidate) => candidate.id === id);
    if (verdict === undefined) continue;
    if (verdict.refusal !== undefined) {
      refused.push({ algorithm: id, reason: verdict.refusal });
    } else {
      const values = parameters.map((parameter) => [parameter.name, parameter.default] as const);
      configs.push({ algorithm: id, parameters: Object.fromEntries(values) });
    }
  }
  return { configs, refused };
}

/** At most `limit` of `values`, the ends among them, evenly spread. */
function spread<T>(values: readonly T[], limit: number): T[] {
  if (values.length <= limit) return [...values];
  if (limit === 1) return [values[0]!];
  return Array.from(
    { length: limit },
    (_, i) => values[Math.round((i * (values.length - 1)) / (limit - 1))]!,
  );
}

/**
 * The configurations that differ from `config` in one parameter, at most `limitPerParameter` for each, in
 * the descriptor's order.
 */
export function neighbours(descriptor: AlgorithmInfo, config: Config, limitPerParameter: number): Config[] {
  return descriptor.parameters.flatMap(({ name, choices }) => {
    const others = choices.filter((choice) => choice !== config.parameters[name]);
    return spread(others, limitPerParameter).map((choice) => ({
      algorithm: config.algorithm,
      parameters: { ...config.parameters, [name]: choice },
    }));
  });
}
