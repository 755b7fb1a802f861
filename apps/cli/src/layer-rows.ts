import type { Sizes } from '@zeroskip/formats';
import type { ConvolutionTrace } from '@zeroskip/runner';
import { median } from '@zeroskip/selector';
import type { Samples } from './trial.ts';

/** One convolution of the network, with medians over all samples. */
export interface LayerRow {
  readonly name: string;
  /** N, C, H, W. */
  readonly inputShape: readonly number[];
  /** `M × C/group × kH × kW`. */
  readonly weightShape: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly group: number;
  /** Non-zero share of the input, the mean over the samples. */
  readonly density: number;
  readonly algorithm: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly encodeMs: number;
  readonly computeMs: number;
  /** The same layer by im2col in the same run, lowering included. */
  readonly im2colMs: number;
  readonly workspaceBytes: number;
  /** Lowered sizes of the layer's input, by format. */
  readonly bytes: Sizes;
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
      encodeMs: medianOf(traces, ({ encodeMs }) => encodeMs),
      computeMs: medianOf(traces, ({ computeMs }) => computeMs),
      im2colMs: medianOf(baseline, ({ encodeMs, computeMs }) => encodeMs + computeMs),
      workspaceBytes: Math.max(...traces.map(({ workspaceBytes }) => workspaceBytes)),
      bytes: bytes.get(name)!,
    };
  });
}

/** Encoding and multiplication together. */
export function layerMs({ encodeMs, computeMs }: Pick<LayerRow, 'encodeMs' | 'computeMs'>): number {
  return encodeMs + computeMs;
}

/** Bytes of the format that the layer's algorithm reads; undefined for an algorithm without one. */
export function chosenBytes({ algorithm, bytes }: Pick<LayerRow, 'algorithm' | 'bytes'>): number | undefined {
  return Object.hasOwn(bytes, algorithm) ? bytes[algorithm] : undefined;
}

/** Bytes of the matrix that im2col reads. */
export function im2colBytes({ bytes }: Pick<LayerRow, 'bytes'>): number {
  return bytes.im2col!;
}
