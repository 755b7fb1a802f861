import type { NodeView } from '@zeroskip/onnx';
import { type AutoPad, autoPads, dilatedExtent, type Pads, type Pair } from '@zeroskip/tensor';

/** A sliding window over one or two spatial axes, as two: a 1-D one has height 1. */
export interface Window {
  readonly spatialRank: 1 | 2;
  readonly input: Pair;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
}

const MAX_ATTRIBUTE = 2 ** 20;

export function spatialRankOf(node: NodeView): 1 | 2 {
  const { dims } = node.input(0);
  if (dims.length !== 3 && dims.length !== 4) {
    throw node.unsupported('rank of input 0', '3 to 5 (one to three spatial axes)', dims.length);
  }
  return (dims.length - 2) as 1 | 2;
}

/** Two axes from the one or two that the model has. */
export function asPair(values: readonly number[], absent: number): Pair {
  return values.length === 1 ? [absent, values[0]!] : [values[0]!, values[1]!];
}

export function spatialAttribute(
  node: NodeView,
  name: string,
  rank: number,
  min: number,
  absent?: number,
): readonly number[] {
  const values = node.ints(name) ?? (absent === undefined ? undefined : new Array<number>(rank).fill(absent));
  const expected = `${rank} integer${rank === 1 ? '' : 's'} from ${min} to ${MAX_ATTRIBUTE}`;
  if (!values) throw node.error(`attribute ${name}`, expected, 'none');
  if (values.length !== rank || values.some((value) => value < min || value > MAX_ATTRIBUTE)) {
    throw node.error(`attribute ${name}`, expected, values);
  }
  return values;
}

/**
 * How a window is padded. A mode other than NOTSET (or the empty string, which some exporters write) leaves `pads`
 * unread.
 */
export function autoPadOf(node: NodeView): AutoPad {
  const modes = ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID', ''] as const;
  return node.choice<AutoPad | ''>('auto_pad', modes, 'NOTSET') || 'NOTSET';
}

/** All begins, then all ends, as top, left, bottom, right. */
function padsOf(node: NodeView, rank: number): Pads {
  const pads = node.ints('pads') ?? new Array<number>(2 * rank).fill(0);
  const expected = `${2 * rank} integers from 0 to ${MAX_ATTRIBUTE}`;
  if (pads.length !== 2 * rank || pads.some((pad) => pad < 0 || pad > MAX_ATTRIBUTE)) {
    throw node.error('attribute pads', expected, pads);
  }
  return rank === 1 ? [0, pads[0]!, 0, pads[1]!] : [pads[0]!, pads[1]!, pads[2]!, pads[3]!];
}

/** The window of a convolution or pooling node. @param kernel its spatial extents */
export function windowOf(node: NodeView, kernel: readonly number[]): Window {
  const spatialRank = spatialRankOf(node);
  const input = asPair(node.input(0).dims.slice(2), 1);
  const strides = asPair(spatialAttribute(node, 'strides', spatialRank, 1, 1), 1);
  const dilations = asPair(spatialAttribute(node, 'dilations', spatialRank, 1, 1), 1);
  const mode = autoPadOf(node);
  const pair = asPair(kernel, 1);
  const pads =
    mode === 'NOTSET' ? padsOf(node, spatialRank) : autoPads(mode, input, pair, strides, dilations);
  return { spatialRank, input, kernel: pair, strides, dilations, pads };
}

/**
 * Output height and width. With `ceil`, a last window may hang over the end, also when it is the only one, but must
 * start inside the input or its leading padding; a map too small for that has an empty output.
 * @throws when the kernel is larger than the padded input, unless `ceil` leaves an output
 */
export function windowOutput(node: NodeView, window: Window, ceil = false): Pair {
  const size = [0, 1].map((axis) => {
    const begin = window.pads[axis]!;
    const padded = window.input[axis]! + begin + window.pads[axis + 2]!;
    const extent = dilatedExtent(window.kernel[axis]!, window.dilations[axis]!);
    const stride = window.strides[axis]!;
    const count = Math.ceil((padded - extent) / stride) + 1;
    if (padded < extent && !(ceil && count >= 0)) {
      const what = axis === 0 ? 'padded height' : 'padded width';
      throw node.error(`the ${what}`, `at least ${extent}`, padded, 'ERR_INVALID_SHAPE');
    }
    if (!ceil) return Math.floor((padded - extent) / stride) + 1;
    return count > 0 && (count - 1) * stride >= window.input[axis]! + begin ? count - 1 : count;
  });
  return [size[0]!, size[1]!];
}

/** Dims of a result with the given channels, of the rank that the model has. */
export function outputDims(n: number, channels: number, size: Pair, spatialRank: 1 | 2): number[] {
  return spatialRank === 1 ? [n, channels, size[1]] : [n, channels, size[0], size[1]];
}
