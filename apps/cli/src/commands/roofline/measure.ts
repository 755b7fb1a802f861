import { algorithm, algorithms, type MachineRates, Meter, type TargetInfo } from '@zeroskip/kernels';
import {
  type ConvolutionConfig,
  type ConvolutionTrace,
  type InferenceSession,
  isConvolutionTrace,
  type LayerProbe,
} from '@zeroskip/runner';
import { median } from '@zeroskip/selector';
import type { Tensor } from '@zeroskip/tensor';
import type { ModelFile } from '../../files.ts';
import { chosenLayers } from '../../layers/filter.ts';
import { type LayerShape, layerShape } from '../../layers/shape.ts';
import { type LayerWork, layerWork } from '../../layers/work.ts';
import type { Environment } from '../../machine.ts';
import type { ImageOptions } from '../../options.ts';
import type { ReportFiles } from '../../report/row-files.ts';
import { feedsOf, tracedLayers } from '../../session.ts';
import type { OnProgress } from '../../terminal.ts';

/** A rate in GFLOP/s and its share of the peak that was measured around it. */
export interface Rate {
  readonly gflops: number;
  readonly share: number;
}

/** One algorithm on one convolution, on one number of threads. */
export interface AlgorithmRoof {
  readonly algorithm: string;
  readonly threads: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly sparse: boolean;
  /** From start to end, encoding included; raw, in milliseconds. */
  readonly samplesMs: readonly number[];
  /** Means over the threads that took part. */
  readonly encodeMs: readonly number[];
  readonly computeMs: readonly number[];
  /** Median of `samplesMs`. */
  readonly ms: number;
  /** Of all operations of the dense convolution, by the median time. */
  readonly dense: Rate;
  /** The same with encoding (or lowering) left out. */
  readonly denseCompute: Rate;
  /** Of the operations on non-zeros alone. */
  readonly nonZero: Rate;
  readonly nonZeroCompute: Rate;
  /** Operations that it does (those on non-zeros for a sparse one) for each byte of input, weights and output. */
  readonly intensity: number;
  /** Which roof is lower at this intensity. */
  readonly bound: 'compute' | 'memory';
}

export interface LayerRoof extends LayerShape, LayerWork {
  /** Non-zero share of the input. */
  readonly density: number;
  /** GFLOP/s of multiply-adds for each number of threads, in slices before and after the layer's runs. */
  readonly peaks: readonly { readonly threads: number; readonly slices: readonly number[] }[];
  readonly algorithms: readonly AlgorithmRoof[];
}

/** What `zeroskip roofline --json` writes. */
export interface RooflineReport {
  readonly environment: Environment;
  readonly targets: readonly TargetInfo[];
  readonly machine: MachineRates;
  readonly model?: ModelFile;
  readonly input?: string;
  readonly layers?: readonly LayerRoof[];
}

export interface RooflineOptions extends ImageOptions, ReportFiles {
  /** Numbers of threads, which take turns on each layer. */
  readonly threads: number[];
  readonly inputs?: string[];
  readonly plan?: string;
  /** Algorithms to time on each layer that they take; the session's own choice without. */
  readonly algorithms?: string[];
  /** See `chosenLayers`. */
  readonly layers?: string | true;
  /** Passes over the network. */
  readonly runs: number;
}

/** A layer's runs in one visit take about as long as this, so that slices of the peak are never far. */
const VISIT_MS = 20;
const MOST_ROUNDS = 20;

interface Measured extends LayerWork {
  readonly trace: ConvolutionTrace;
  readonly configs: readonly ConvolutionConfig[];
  /** For each number of threads, and in it for each configuration. */
  readonly teams: readonly {
    readonly slices: number[];
    readonly times: readonly { ms: number[]; encodeMs: number[]; computeMs: number[] }[];
  }[];
}

function configsOf(layer: LayerProbe, trace: ConvolutionTrace, ids: readonly string[] | undefined) {
  if (ids === undefined) return [{ algorithm: trace.algorithm, parameters: trace.parameters }];
  const refused = new Set(
    layer
      .candidates()
      .filter(({ refusal }) => refusal !== undefined)
      .map(({ id }) => id),
  );
  return algorithms()
    .filter(({ id }) => ids.includes(id) && !refused.has(id))
    .map(({ id }) => ({ algorithm: id }));
}

function begin(
  layer: LayerProbe,
  trace: ConvolutionTrace,
  { algorithms: ids, threads }: RooflineOptions,
): Measured {
  const configs = configsOf(layer, trace, ids);
  return {
    trace,
    configs,
    ...layerWork(layer.spec, layer.inputDims, layer.readInput()),
    teams: threads.map(() => ({
      slices: [],
      times: configs.map(() => ({ ms: [], encodeMs: [], computeMs: [] })),
    })),
  };
}

async function visit(layer: LayerProbe, measured: Measured, peaks: readonly Meter[]): Promise<void> {
  const { trace, configs, teams } = measured;
  if (configs.length === 0) return;
  const rounds = Math.min(MOST_ROUNDS, Math.ceil(VISIT_MS / trace.ms));
  for (const [t, { slices, times }] of teams.entries()) {
    const peak = peaks[t]!;
    slices.push(await peak.slice());
    const all = await layer.time(configs, { rounds, threads: peak.threads });
    slices.push(await peak.slice());
    for (const [i, { ms, encodeMs, computeMs }] of all.entries()) {
      times[i]!.ms.push(...ms);
      times[i]!.encodeMs.push(...encodeMs);
      times[i]!.computeMs.push(...computeMs);
    }
  }
}

function layerRoof(measured: Measured, threads: readonly number[], memoryRate: number): LayerRoof {
  const { trace, configs, operations, nonZeroOperations, bytes, teams } = measured;
  return {
    ...layerShape(trace),
    density: trace.density,
    operations,
    nonZeroOperations,
    bytes,
    peaks: teams.map(({ slices }, t) => ({ threads: threads[t]!, slices })),
    algorithms: configs.flatMap(({ algorithm: id, parameters }, i) =>
      teams.map(({ slices, times }, t) => {
        const peak = median(slices);
        const rate = (work: number, ms: number): Rate => {
          const gflops = work / ms / 1e6;
          return { gflops, share: gflops / peak };
        };
        const { sparse, parameters: declared } = algorithm(id);
        const { ms: samplesMs, encodeMs, computeMs } = times[i]!;
        const ms = median(samplesMs);
        const compute = median(computeMs);
        const intensity = (sparse ? nonZeroOperations : operations) / bytes;
        return {
          algorithm: id,
          threads: threads[t]!,
          parameters:
            parameters ?? Object.fromEntries(declared.map(({ name, default: value }) => [name, value])),
          sparse,
          samplesMs,
          encodeMs,
          computeMs,
          ms,
          dense: rate(operations, ms),
          denseCompute: rate(operations, compute),
          nonZero: rate(nonZeroOperations, ms),
          nonZeroCompute: rate(nonZeroOperations, compute),
          intensity,
          bound: intensity * memoryRate < peak ? 'memory' : 'compute',
        };
      }),
    ),
  };
}

/**
 * Times every convolution of a network on its real input, between slices of the machine's peak.
 * @param memoryRate GB/s that the lowest level of memory gives
 * @param signal ends the timing early, with the layers that were timed until then
 * @returns layers in order of execution
 */
export async function measureRoofline(
  session: InferenceSession,
  input: Tensor,
  options: RooflineOptions,
  memoryRate: number,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<LayerRoof[]> {
  const { threads, layers = true, runs } = options;
  const traces = (await tracedLayers(session, input)).filter(isConvolutionTrace);
  const chosen = new Map(chosenLayers(layers, traces).map((trace) => [trace.name, trace]));
  const measured = new Map<string, Measured>();
  const peaks: Meter[] = [];
  try {
    for (const count of threads) peaks.push(await Meter.create({ kind: 'fma' }, { threads: count }));
    for (let run = 0, done = 0; run < runs && !signal.aborted; run++) {
      await session.probe(feedsOf(session, input), async (layer) => {
        const trace = chosen.get(layer.name);
        if (trace === undefined || signal.aborted) return;
        const own = measured.get(layer.name) ?? begin(layer, trace, options);
        measured.set(layer.name, own);
        await visit(layer, own, peaks);
        onProgress(++done, runs * chosen.size, layer.name);
      });
    }
  } finally {
    for (const peak of peaks) peak.release();
  }
  return [...measured.values()].map((one) => layerRoof(one, threads, memoryRate));
}
