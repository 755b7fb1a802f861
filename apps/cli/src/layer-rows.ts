import type { Sizes } from '@zeroskip/formats';
import type { ConvolutionTrace } from '@zeroskip/runner';
import { median } from '@zeroskip/selector';
import type { Exactness } from './exactness.ts';
import type { LayerShape } from './layer-shape.ts';
import type { LayerWork } from './operations.ts';
import type { Samples } from './trial.ts';

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
  /** The same layer by im2col in the same run, lowering included. */
  readonly im2colMs: number;
  readonly workspaceBytes: number;
  /** Lowered sizes of the layer's input, by format. */
  readonly bytes: Sizes;
  /** Of the first input. */
  readonly work?: LayerWork;
  /** Absent where an activation that is not exact itself is fused. */
  readonly exactness?: Exactness;
}

function byLayer(traces: Samples['traces']): Map<string, ConvolutionTrace[]> {
  const layers = new Map<string, ConvolutionTrace[]>();
  for (const trace of traces.flat()) {
    const list = layers.get(trace.name);
    if (list === undefined) layers.set(trace.name, [trace]);
    else list.push(trace);
  }
  return layers;
}

const medianOf = (traces: readonly ConvolutionTrace[], value: (trace: ConvolutionTrace) => number) =>
  median(traces.map(value));

/**
 * @param subject samples of the contender whose choices the rows show
 * @param im2col samples of im2col on all layers
 * @param bytes by layer name
 */
export function layerRows(subject: Samples, im2col: Samples, bytes: ReadonlyMap<string, Sizes>): LayerRow[] {
  const dense = byLayer(im2col.traces);
  return [...byLayer(subject.traces)].map(([name, traces]) => {
    const { inputShape, weightShape, strides, dilations, pads, group, algorithm, parameters } = traces[0]!;
    const baseline = dense.get(name)!;
    return {
      name,
      inputShape,
      weightShape,
      strides,
      dilations,
      pads,
      group,
      density: traces.reduce((sum, { density }) => sum + density, 0) / traces.length,
      algorithm,
      parameters,
      ms: medianOf(traces, ({ ms }) => ms),
      encodeMs: medianOf(traces, ({ encodeMs }) => encodeMs),
      computeMs: medianOf(traces, ({ computeMs }) => computeMs),
      im2colMs: medianOf(baseline, ({ ms }) => ms),
      workspaceBytes: Math.max(...traces.map(({ workspaceBytes }) => workspaceBytes)),
      bytes: bytes.get(name)!,
    };
  });
}

/** Bytes of the format that the layer's algorithm reads; undefined for an algorithm without one. */
export function chosenBytes({ algorithm, bytes }: Pick<LayerRow, 'algorithm' | 'bytes'>): number | undefined {
  return Object.hasOwn(bytes, algorithm) ? bytes[algorithm] : undefined;
}

/** Bytes of the matrix that im2col reads. */
export function im2colBytes({ bytes }: Pick<LayerRow, 'bytes'>): number {
  return bytes.im2col!;
}
