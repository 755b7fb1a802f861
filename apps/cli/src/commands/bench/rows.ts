import type { Sizes } from '@zeroskip/formats';
import type { ConvolutionTrace } from '@zeroskip/runner';
import { median } from '@zeroskip/selector';
import { byName, type LayerShape, layerShape } from '../../layers/shape.ts';
import type { LayerWork } from '../../layers/work.ts';
import { mean, savings } from '../../statistics.ts';
import { BASELINE } from '../../trial/contender.ts';
import type { Samples } from '../../trial/trial.ts';
import type { Exactness } from './exactness.ts';

/** One convolution of the network, with medians over all samples. */
export interface LayerRow extends LayerShape {
  /** Non-zero share of the input, the mean over the samples. */
  readonly density: number;
  readonly algorithm: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** From start to end, encoding included. */
  readonly ms: number;
  /** These two are means over the threads that took part. */
  readonly encodeMs: number;
  readonly computeMs: number;
  /** The same layer by im2col in the same run, lowering included; absent where im2col refuses it. */
  readonly im2colMs?: number;
  readonly workspaceBytes: number;
  /** What the products read for the input: lists that were written, or the map; the mean over the samples. */
  readonly loweredBytes: number;
  /** The layer's input, stored whole, by format. */
  readonly bytes: Sizes;
  /** Of the first input. */
  readonly work?: LayerWork;
  /** Absent where an activation that is not exact itself is fused. */
  readonly exactness?: Exactness;
}

const valuesOf = (
  traces: readonly ConvolutionTrace[],
  key: 'density' | 'ms' | 'encodeMs' | 'computeMs' | 'loweredBytes' | 'workspaceBytes',
) => traces.map((trace) => trace[key]);

/**
 * @param subject samples of the contender whose choices the rows show
 * @param im2col samples of im2col on all layers
 * @param bytes by layer name
 */
export function layerRows(subject: Samples, im2col: Samples, bytes: ReadonlyMap<string, Sizes>): LayerRow[] {
  const dense = byName(im2col.traces.flat());
  return [...byName(subject.traces.flat())].map(([name, traces]) => {
    const { algorithm, parameters } = traces[0]!;
    const baseline = dense.get(name)!;
    return {
      ...layerShape(traces[0]!),
      density: mean(valuesOf(traces, 'density')),
      algorithm,
      parameters,
      ms: median(valuesOf(traces, 'ms')),
      encodeMs: median(valuesOf(traces, 'encodeMs')),
      computeMs: median(valuesOf(traces, 'computeMs')),
      ...(baseline[0]!.algorithm === BASELINE && { im2colMs: median(valuesOf(baseline, 'ms')) }),
      workspaceBytes: Math.max(...valuesOf(traces, 'workspaceBytes')),
      loweredBytes: Math.round(mean(valuesOf(traces, 'loweredBytes'))),
      bytes: bytes.get(name)!,
    };
  });
}

type Sized = Pick<LayerRow, 'algorithm' | 'bytes' | 'im2colMs' | 'loweredBytes'>;

/** Bytes of im2col's matrix ÷ bytes that the layer's products read; undefined where im2col refuses the layer. */
export function loweredRatio({ bytes, im2colMs, loweredBytes }: Sized): number | undefined {
  return im2colMs === undefined || loweredBytes === 0 ? undefined : bytes.im2col! / loweredBytes;
}

/** The same for the input stored whole, in the format that the algorithm is named after, where there is one. */
export function storedRatio({ algorithm, bytes, im2colMs }: Sized): number | undefined {
  const stored = Object.hasOwn(bytes, algorithm) ? bytes[algorithm]! : 0;
  return im2colMs === undefined || stored === 0 ? undefined : bytes.im2col! / stored;
}

/** Time savings against im2col; undefined where im2col refuses the layer. */
export function savedShare({ ms, im2colMs }: Pick<LayerRow, 'ms' | 'im2colMs'>): number | undefined {
  return im2colMs === undefined ? undefined : savings(ms, im2colMs);
}
