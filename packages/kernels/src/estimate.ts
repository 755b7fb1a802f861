import { type ConvSpec, convSpec, rangeError } from '@zeroskip/tensor';
import type { AlgorithmInfo, EstimateArguments } from './addon.ts';
import { algorithm, algorithms, targets } from './algorithms.ts';
import { assertPixels } from './checks.ts';
import { nativeConvSpec, weightsFit } from './convolution.ts';
import { loadAddon } from './load-addon.ts';
import type { MachineRates } from './measure-machine.ts';

/** What an estimate needs to know of a convolution's input. */
export interface MapStatistics {
  /** Share of values that are not zero. */
  readonly density: number;
  /** Share of sets of four neighbouring columns of a row and channel that hold such a value. */
  readonly sets: number;
}

/** N, C, H, W. */
type InputDims = readonly [number, number, number, number];

/** What one core does, in 10⁹ per second: operations (two for each multiply-add), bytes from L2, bytes from memory. */
export interface CoreRates {
  readonly gflops: number;
  readonly l2: number;
  readonly memory: number;
}

const SET = 4;

/** The statistics of a map of independent zeros. */
export function scattered(density: number): MapStatistics {
  return { density, sets: 1 - (1 - density) ** SET };
}

/** @param map `N × C × H × W`, channels first, `width` being W */
export function mapStatistics(map: Float32Array, width: number): MapStatistics {
  let nonZeros = 0;
  let filled = 0;
  const perRow = Math.ceil(width / SET);
  for (let row = 0; row < map.length; row += width) {
    for (let x = 0; x < width; x += SET) {
      let count = 0;
      for (let i = x; i < Math.min(x + SET, width); i++) if (map[row + i] !== 0) count++;
      nonZeros += count;
      if (count > 0) filled++;
    }
  }
  const rows = map.length / width;
  return map.length === 0
    ? { density: 0, sets: 0 }
    : { density: nonZeros / map.length, sets: filled / (rows * perRow) };
}

/** Rates of a usual core, by bytes of a vector. What matters is the proportion. */
const NOMINAL: Readonly<Record<number, CoreRates>> = {
  64: { gflops: 160, l2: 130, memory: 18 },
  32: { gflops: 90, l2: 90, memory: 18 },
  16: { gflops: 45, l2: 60, memory: 15 },
  4: { gflops: 8, l2: 30, memory: 12 },
};

/**
 * What a core with the instruction set in use usually does, for choices that must not differ from process to process.
 * `coreRates` has what was measured.
 */
export function nominalRates(): CoreRates {
  return NOMINAL[targets().find(({ selected }) => selected)!.vectorBytes]!;
}

/** One core's share of what `measureMachine` found for one thread: the L2 cache and the last level, memory. */
export function coreRates({ fma, memory }: MachineRates): CoreRates {
  const reads = memory.filter(({ kind, threads }) => kind === 'read' && threads === 1);
  const peak = fma.find(({ threads }) => threads === 1);
  if (peak === undefined || reads.length === 0) {
    throw rangeError('machine', 'rates of one thread', fma.map(({ threads }) => threads).join(', '));
  }
  const l2 = reads.find(({ level }) => level === 'L2') ?? reads[0]!;
  return { gflops: peak.median, l2: l2.median, memory: reads.at(-1)!.median };
}

/** What is estimated, checked, as the addon takes it. */
function estimateArguments(
  spec: ConvSpec,
  [batch, , height, width]: InputDims,
  { density, sets }: MapStatistics,
  { gflops, l2, memory }: CoreRates,
): EstimateArguments {
  const checked = convSpec(spec);
  assertPixels(checked, batch, [height, width]);
  for (const [name, value] of Object.entries({ density, sets })) {
    if (!(value >= 0 && value <= 1)) throw rangeError(name, 'a share from 0 to 1', value);
  }
  for (const [name, value] of Object.entries({ gflops, l2, memory })) {
    if (!(value > 0 && Number.isFinite(value))) throw rangeError(name, 'a rate above 0', value);
  }
  const rates = [gflops * 1e9, l2 * 1e9, memory * 1e9] as const;
  return [nativeConvSpec(checked), batch, height, width, density, sets, ...rates];
}

/**
 * The milliseconds that a convolution is expected to take on one core, encoding included: what its algorithm's
 * descriptor makes of the shape, the map and the machine. Nothing runs.
 * @param input N, C, H, W
 */
export function estimateMs(
  id: string,
  spec: ConvSpec,
  input: InputDims,
  map: MapStatistics,
  rates: CoreRates,
): number {
  return 1e3 * loadAddon().estimateSeconds(...estimateArguments(spec, input, map, rates), algorithm(id).id);
}

/** What an algorithm is expected to need for a convolution. */
export interface AlgorithmEstimate {
  readonly algorithm: AlgorithmInfo;
  readonly ms: number;
  /** Bytes of packed weights. */
  readonly packedBytes: number;
}

/**
 * What `estimateMs` expects of each algorithm that takes the convolution, and the bytes of its packed weights. Nothing
 * is packed.
 * @param weights where an algorithm may refuse them
 */
export function estimates(
  spec: ConvSpec,
  input: InputDims,
  map: MapStatistics,
  rates: CoreRates,
  weights?: Float32Array,
): AlgorithmEstimate[] {
  const all = algorithms();
  const out = new Float64Array(2 * all.length);
  loadAddon().estimateAll(...estimateArguments(spec, input, map, rates), out);
  return all.flatMap((algorithm, i) => {
    const [seconds, packedBytes] = [out[2 * i]!, out[2 * i + 1]!];
    const takes = seconds < Number.POSITIVE_INFINITY && (!weights || weightsFit(algorithm, weights));
    return takes ? [{ algorithm, ms: 1e3 * seconds, packedBytes }] : [];
  });
}
