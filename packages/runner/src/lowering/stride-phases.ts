import type { Constant, NodeView } from '@zeroskip/onnx';
import { convSpec, type Pads, type Pair, Tensor } from '@zeroskip/tensor';
import { lowerConstantMap } from './constant-map.ts';
import type { Lowering } from './lowering.ts';
import { type Place, subPlace } from './place.ts';

/** Sizes of a transposed convolution's two spatial axes, height first. */
interface TransposedGeometry {
  readonly input: Pair;
  readonly output: Pair;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
}

interface TransposedConvolution extends TransposedGeometry {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly group: number;
  /** `inChannels × outChannels/group × kH × kW`. */
  readonly weights: Constant;
  readonly bias: Float32Array | undefined;
}

/** The outputs of one residue of an axis modulo the stride: an ordinary convolution of stride 1 along this axis. */
interface AxisPhase {
  /** The first output; the others follow a stride apart. */
  readonly first: number;
  readonly outputs: number;
  /** Elements of the kernel, by the position of what they read; those that read only padding are left out. */
  readonly taps: readonly number[];
  /** Input elements between those that neighbouring taps read. */
  readonly dilation: number;
  /** Input element that the first tap reads for the first output; negative in the padding. */
  readonly start: number;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * Output i sums taps k that read input element (i + pad - k · dilation) / stride, where this is a whole number.
 * @param axis 0 for the height, 1 for the width
 */
function axisPhases(conv: TransposedGeometry, axis: 0 | 1): AxisPhase[] {
  const [input, output, kernel] = [conv.input[axis], conv.output[axis], conv.kernel[axis]];
  const [stride, spread, pad] = [conv.strides[axis], conv.dilations[axis], conv.pads[axis]];
  const dilation = spread / greatestCommonDivisor(spread, stride);
  const phases = Array.from({ length: Math.min(stride, output) }, (_, first) => {
    const taps: number[] = [];
    return { first, outputs: Math.ceil((output - first) / stride), taps, dilation, start: 0 };
  });
  for (let tap = kernel - 1; tap >= 0; tap--) {
    const place = tap * spread - pad;
    const phase = phases[((place % stride) + stride) % stride];
    if (!phase) continue;
    const start = (phase.first - place) / stride;
    if (start >= input || start + phase.outputs <= 0) continue;
    if (phase.taps.length === 0) phase.start = start;
    phase.taps.push(tap);
  }
  return phases;
}

const isEmpty = ({ taps }: AxisPhase) => taps.length === 0;

/** How many convolutions there are, before those of a row become one. */
export function phaseCount(geometry: TransposedGeometry): number {
  const [rows, columns] = ([0, 1] as const).map((axis) =>
    axisPhases(geometry, axis).filter((phase) => !isEmpty(phase)),
  );
  return rows!.length * columns!.length;
}

/** One axis of a phase's convolution: its part of the input, and zeros before and behind it. */
function windowOf({ start, taps, dilation, outputs }: AxisPhase, input: number) {
  const end = start + (taps.length - 1) * dilation + outputs;
  const from = Math.max(0, start);
  return {
    range: [from, Math.min(input, end) - from] as const,
    before: Math.max(0, -start),
    after: Math.max(0, end - input),
  };
}

/** `inChannels × outChannels/group × kH × kW` as `outChannels × inChannels/group`, of one phase each after another. */
function phaseWeights(conv: TransposedConvolution, rows: AxisPhase, columns: readonly AxisPhase[]): Constant {
  const { inChannels, outChannels, group, kernel, weights } = conv;
  const [perGroup, outPerGroup] = [inChannels / group, outChannels / group];
  const dims = [columns.length * outChannels, perGroup, rows.taps.length, columns[0]!.taps.length];
  return {
    type: 'float32',
    dims,
    load() {
      const from = weights.load().data as Float32Array;
      const to = new Float32Array(dims.reduce((size, dim) => size * dim, 1));
      let at = 0;
      for (const { taps } of columns) {
        for (let m = 0; m < outChannels; m++) {
          const firstChannel = Math.floor(m / outPerGroup) * perGroup;
          for (let c = firstChannel; c < firstChannel + perGroup; c++) {
            const plane = (c * outPerGroup + (m % outPerGroup)) * kernel[0] * kernel[1];
            for (const ky of rows.taps) for (const kx of taps) to[at++] = from[plane + ky * kernel[1] + kx]!;
          }
        }
      }
      return new Tensor('float32', to, dims);
    },
  };
}

/** The node that a layer named `node/phase-row` or `node/phase-row-column` belongs to. */
export function nodeOfPhase(layer: string): string {
  return layer.replace(/\/phase-\d+(-\d+)?$/, '');
}

/**
 * Whether the columns of all phases are the channels of one convolution, as they meet the same input: what it writes
 * for one pixel are then `strides[1]` neighbouring pixels of the output.
 */
function areChannels(
  conv: TransposedConvolution,
  columns: readonly AxisPhase[],
  maps: readonly Place[],
): boolean {
  const [first] = columns as [AxisPhase];
  const alike = columns.every(
    ({ start, taps, outputs }) =>
      start === first.start && taps.length === first.taps.length && outputs === first.outputs,
  );
  const noGaps = maps.every(({ pixelStride }) => pixelStride === conv.outChannels);
  return alike && !isEmpty(first) && noGaps && conv.group === 1 && columns.length === conv.strides[1];
}

/** Convolutions of the input, one for each phase, that write every stride-th row and column of the output. */
export function lowerStridePhases(lowering: Lowering, node: NodeView, conv: TransposedConvolution): void {
  const { inChannels, outChannels, group, strides, bias } = conv;
  const { addend, activation } = node.node;
  const input = lowering.map(node.input(0));
  const added = addend && lowering.values.map(addend.name);
  const output = lowering.output(node, 0);
  const [rows, columns] = [axisPhases(conv, 0), axisPhases(conv, 1)];
  const maps = added ? [output, added] : [output];
  if (rows.some(isEmpty) || columns.some(isEmpty)) lowerConstantMap(lowering, node, bias, output);
  const merged = areChannels(conv, columns, maps);
  const convolved = rows
    .filter((phase) => !isEmpty(phase))
    .flatMap((row) =>
      merged
        ? [{ row, column: columns[0]!, together: columns }]
        : columns.filter((phase) => !isEmpty(phase)).map((column) => ({ row, column, together: [column] })),
    );
  for (const { row, column, together } of convolved) {
    const [y, x] = [windowOf(row, conv.input[0]), windowOf(column, conv.input[1])];
    const channels = together.length * outChannels;
    const spec = convSpec({
      inChannels,
      outChannels: channels,
      group,
      kernel: [row.taps.length, column.taps.length],
      dilations: [row.dilation, column.dilation],
      pads: [y.before, x.before, y.after, x.after],
    });
    const layer = {
      spec,
      weights: phaseWeights(conv, row, together),
      bias: bias && Float32Array.from({ length: channels }, (_, i) => bias[i % outChannels]!),
    };
    const place = merged ? `${row.first}` : `${row.first}-${column.first}`;
    lowering.emitConvolution(
      node,
      layer,
      subPlace(input, { n: [0, input.n], h: y.range, w: x.range, c: [0, input.c] }),
      output,
      activation,
      {
        suffix: convolved.length > 1 ? `/phase-${place}` : '',
        of: (map) => ({
          ...subPlace(map, {
            n: [0, map.n],
            h: [row.first, row.outputs, strides[0]],
            w: [column.first, column.outputs, strides[1]],
            c: [0, map.c],
          }),
          c: channels,
        }),
      },
    );
  }
}
