import { median } from '@zeroskip/tensor';
import { percentile } from '../../../apps/cli/src/statistics.ts';

/** One run of a job. */
export interface Sample {
  readonly wallMs: number;
  /** Of the whole process: all its threads. */
  readonly cpuMs: number;
}

/** The runs of one job with both engines, in the order in which they took turns. */
export interface Pair {
  readonly onnxruntime: Sample;
  readonly zeroskip: Sample;
}

export interface Summary {
  /** Wall time of the first run, in milliseconds, which compiles. */
  readonly firstMs: { readonly onnxruntime: number; readonly zeroskip: number };
  readonly onnxruntimeMs: number;
  readonly zeroskipMs: number;
  /** onnxruntime's time divided by Zeroskip's: the median of the pairs, and their quartiles. */
  readonly ratio: number;
  readonly quartiles: readonly [number, number];
  /** The same of processor time. */
  readonly cpuRatio: number;
}

/** @param first the run before the pairs */
export function summarize(first: Pair, pairs: readonly Pair[]): Summary {
  const ratios = (key: keyof Sample) =>
    pairs.map(({ onnxruntime, zeroskip }) => onnxruntime[key] / zeroskip[key]);
  const wall = ratios('wallMs');
  return {
    firstMs: { onnxruntime: first.onnxruntime.wallMs, zeroskip: first.zeroskip.wallMs },
    onnxruntimeMs: median(pairs.map(({ onnxruntime }) => onnxruntime.wallMs)),
    zeroskipMs: median(pairs.map(({ zeroskip }) => zeroskip.wallMs)),
    ratio: median(wall),
    quartiles: [percentile(wall, 0.25), percentile(wall, 0.75)],
    cpuRatio: median(ratios('cpuMs')),
  };
}
