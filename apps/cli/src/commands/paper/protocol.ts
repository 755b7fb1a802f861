import { density as densityOf } from '@zeroskip/formats';
import { type PaperSamples, timePaperMethods } from '@zeroskip/kernels';
import { median } from '@zeroskip/selector';
import { type Pair, ZeroskipError } from '@zeroskip/tensor';
import { randomMap, randomWeights } from '../../input/random.ts';
import type { ShapeLayer } from '../../layers/shape-file.ts';
import { mean, savings } from '../../statistics.ts';
import type { OnProgress } from '../../terminal.ts';

/** What is timed, with its name in the paper, and how the matrices of the dense ones are filled. */
export const METHODS = [
  { id: 'im2col', title: 'im2col' },
  { id: 'im2col-rows', title: 'im2col, rows' },
  { id: 'mec', title: 'MEC' },
  { id: 'mec-rows', title: 'MEC, rows' },
  { id: 'csr', title: 'CSCC' },
  { id: 'cpo', title: 'CPO' },
  { id: 'cps-column', title: 'CPS' },
] as const;

/** What the paper proposes, and what it is compared with. */
export const SPARSE = ['cpo', 'cps-column'];
export const BASELINES = METHODS.filter(({ id }) => !SPARSE.includes(id));

/** Medians in milliseconds. */
export interface MethodTimes {
  /** Lowering or encoding. */
  readonly lowerMs: number;
  readonly multiplyMs: number;
}

/** A layer under the authors' protocol: one of its channels, one filter, stride 1, no padding, one thread. */
export interface ProtocolLayer {
  readonly name: string;
  readonly input: Pair;
  readonly kernel: Pair;
  readonly density: number;
  /** By method. */
  readonly times: Readonly<Record<string, MethodTimes>>;
}

/** Longer maps of sequences are left out. */
const MAX_EXTENT = 2 ** 15;

/** Without padding, a map must hold a kernel. */
function fits({ input, spec }: ShapeLayer): boolean {
  return input.every((extent, axis) => extent >= spec.kernel[axis]! && extent <= MAX_EXTENT);
}

/** Rounds for about as long on each layer. */
const ROUNDS = [31, 501] as const;
const WORK = 2e7;

const TOLERANCE = 1e-4;

function verify(name: string, [first, ...others]: readonly PaperSamples[]): void {
  const largest = first!.result.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  for (const { method, result } of others) {
    const at = result.findIndex((value, i) => !(Math.abs(value - first!.result[i]!) <= TOLERANCE * largest));
    if (at < 0) continue;
    throw new ZeroskipError(
      `Expected ${method} to give ${first!.result[at]} as ${first!.method} does at ${at} of ${name}, received ${result[at]}.`,
      { code: 'ERR_VERIFICATION', expected: String(first!.result[at]), received: String(result[at]) },
    );
  }
}

/**
 * Times the layers as the paper's authors do, those that hold their kernel without padding, on maps of random zeros;
 * compares the results first.
 */
export async function authorsProtocol(
  given: readonly ShapeLayer[],
  onProgress: OnProgress,
): Promise<ProtocolLayer[]> {
  const layers = given.filter(fits);
  const rows: ProtocolLayer[] = [];
  for (const { name, input, spec, density } of layers) {
    const { kernel } = spec;
    const [size, taps] = [input[0] * input[1], kernel[0] * kernel[1]];
    const map = randomMap(size, density!, 3);
    const filter = randomWeights(taps, taps, 1);
    const task = { input, kernel, map, filter };
    verify(name, await timePaperMethods(task, { rounds: 1 }));
    const rounds = Math.round(Math.max(ROUNDS[0], Math.min(ROUNDS[1], WORK / (size * taps))));
    const samples = await timePaperMethods(task, { rounds });
    const times = samples.map(({ method, lowerMs, multiplyMs }) => [
      method,
      { lowerMs: median([...lowerMs]), multiplyMs: median([...multiplyMs]) },
    ]);
    rows.push({ name, input, kernel, density: densityOf(map), times: Object.fromEntries(times) });
    onProgress(rows.length, layers.length, name);
  }
  return rows;
}

/** What a method takes, with its lowering or without. */
export function timeOf({ times }: Pick<ProtocolLayer, 'times'>, id: string, isWhole: boolean): number {
  const { lowerMs, multiplyMs } = times[id]!;
  return isWhole ? lowerMs + multiplyMs : multiplyMs;
}

/** How the faster of CPO and CPS does against a baseline. */
export interface ProtocolSavings {
  readonly baseline: string;
  /** Time savings, the mean over all layers. */
  readonly mean: number;
  /** Layers where it is faster, and the mean over these. */
  readonly wins: number;
  readonly meanOfWins: number | undefined;
}

export function protocolSavings(layers: readonly ProtocolLayer[], isWhole: boolean): ProtocolSavings[] {
  return BASELINES.map(({ id, title }) => {
    const saved = layers.map((layer) => {
      const fastest = Math.min(...SPARSE.map((method) => timeOf(layer, method, isWhole)));
      return savings(fastest, timeOf(layer, id, isWhole));
    });
    const won = saved.filter((share) => share > 0);
    return {
      baseline: title,
      mean: mean(saved),
      wins: won.length,
      meanOfWins: won.length === 0 ? undefined : mean(won),
    };
  });
}
