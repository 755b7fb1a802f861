import { int, type NodeView, stridesOf } from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { lowerSelect } from '../lowering/select.ts';
import { Parts } from './common/composite.ts';
import { type Operator, sameDensity } from './common/operator.ts';
import { filled } from './common/results.ts';

const padModes = ['constant', 'reflect', 'edge', 'wrap'] as const;
type PadMode = (typeof padModes)[number];

interface Padding {
  readonly mode: PadMode;
  /** Elements added before and after each axis; negative ones are removed. */
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

export function padding(node: NodeView): Padding {
  const rank = node.input(0).dims.length;
  const mode = node.choice('mode', padModes, 'constant');
  const pads = node.opset < 2 ? node.ints('paddings') : node.opset < 11 ? node.ints('pads') : node.operand(1);
  const given = node.operand(3);
  const axes = given
    ? node.normalizeAxes(given, rank, 'axes')
    : Array.from({ length: rank }, (_, axis) => axis);
  if (pads?.length !== 2 * axes.length)
    throw node.error('pads', `${2 * axes.length} integers`, pads ?? 'none');
  const begins = new Array<number>(rank).fill(0);
  const ends = new Array<number>(rank).fill(0);
  for (const [i, axis] of axes.entries()) {
    begins[axis] = pads[i]!;
    ends[axis] = pads[i + axes.length]!;
  }
  return { mode, begins, ends };
}

/** The value that constant padding adds; undefined when it is computed during the run. */
export function padValue(node: NodeView): number | undefined {
  if (node.opset < 11) return node.float('value', 0);
  const value = node.inputs[2];
  if (!value) return 0;
  return value.constant && Number(value.constant.load().data[0]);
}

/** Input index of each output index along one axis; -1 for what constant padding fills. */
function padIndices(mode: PadMode, dim: number, begin: number, end: number): Int32Array {
  const period = 2 * (dim - 1);
  return Int32Array.from({ length: dim + begin + end }, (_, i) => {
    const at = i - begin;
    if (at >= 0 && at < dim) return at;
    switch (mode) {
      case 'constant':
        return -1;
      case 'edge':
        return at < 0 ? 0 : dim - 1;
      case 'wrap':
        return ((at % dim) + dim) % dim;
      case 'reflect': {
        const folded = ((at % period) + period) % period;
        return folded < dim ? folded : period - folded;
      }
    }
  });
}

/** Channels that are added before and after those of a map, where nothing else is; such padding is a concatenation. */
function channelBorders(node: NodeView): readonly [number, number] | undefined {
  const { mode, begins, ends } = padding(node);
  const [before, after] = [begins[1] ?? 0, ends[1] ?? 0];
  const isOnly =
    [...begins, ...ends].filter((count) => count !== 0).length === Number(before > 0) + Number(after > 0);
  const isMap = node.input(0).dims.length > 2 && !node.input(0).dims.includes(0);
  return mode === 'constant' && isMap && isOnly && before + after > 0 ? [before, after] : undefined;
}

/** Borders are values of the model; they are at most so many times as large as the map, and of so many elements. */
const MOST_BORDERS = 16;
const MOST_BORDER_ELEMENTS = 2 ** 24;

export const pad: Operator = {
  opType: 'Pad',
  inputs: [1, 4],
  shapeInputs: [1, 3],
  density: sameDensity,
  infer(node) {
    const { type, dims } = node.input(0);
    if (node.opset < 11 && !type.startsWith('float')) {
      throw node.error('type of input 0 before opset 11', 'a type of floats', type, 'ERR_INVALID_TYPE');
    }
    if (node.opset >= 11 && node.hasInput(2)) {
      const value = node.input(2);
      if (value.type !== type) throw node.error('type of input 2', type, value.type, 'ERR_INVALID_TYPE');
      if (sizeOf(value.dims) !== 1) {
        throw node.error('dims of input 2', 'one value', value.dims, 'ERR_INVALID_SHAPE');
      }
    }
    const { mode, begins, ends } = padding(node);
    const out = dims.map((dim, axis) => {
      const size = dim + begins[axis]! + ends[axis]!;
      const widest = Math.max(begins[axis]!, ends[axis]!);
      if (
        !Number.isSafeInteger(size) ||
        size < 0 ||
        dim + Math.min(0, begins[axis]!) + Math.min(0, ends[axis]!) < 0
      ) {
        throw node.error(
          `pads of axis ${axis}`,
          `pads that leave a part of ${dim}`,
          [begins[axis], ends[axis]],
          'ERR_INVALID_SHAPE',
        );
      }
      const least = mode === 'reflect' ? widest + 1 : 1;
      if (mode !== 'constant' && widest > 0 && dim < least) {
        throw node.error(
          `dims[${axis}] of input 0`,
          `at least ${least} for mode ${mode}`,
          dim,
          'ERR_INVALID_SHAPE',
        );
      }
      return size;
    });
    return [{ type, dims: out }];
  },
  evaluate(node, [x, , value], [out]) {
    const { dims } = out!;
    const { mode, begins, ends } = padding(node);
    const tables = x!.dims.map((dim, axis) => padIndices(mode, dim, begins[axis]!, ends[axis]!));
    return filled(out!, (to) => {
      const from = x!.data as Float32Array;
      const fill = node.opset < 11 ? node.float('value', 0) : value?.data[0];
      if (fill !== undefined) to.fill(fill as number);
      const [source, target] = [stridesOf(x!.dims), stridesOf(dims)];
      const walk = (axis: number, at: number, base: number) => {
        if (axis === dims.length) {
          to[base] = from[at]!;
          return;
        }
        const table = tables[axis]!;
        for (let i = 0; i < table.length; i++) {
          const index = table[i]!;
          if (index >= 0) walk(axis + 1, at + index * source[axis]!, base + i * target[axis]!);
        }
      };
      walk(0, 0, 0);
    });
  },
  decompose(node, names) {
    const { type, dims } = node.input(0);
    const shared = channelBorders(node);
    const value = padValue(node);
    if (shared === undefined || value === undefined || type !== 'float32') return undefined;
    const plane = sizeOf(dims.filter((_, axis) => axis !== 1));
    const most = Math.min(MOST_BORDERS * dims[1]!, MOST_BORDER_ELEMENTS / plane);
    if (shared.some((count) => count > most)) return undefined;
    const parts = new Parts(node, names);
    const border = (count: number) => {
      const own = dims.map((dim, axis) => (axis === 1 ? count : dim));
      return count === 0
        ? []
        : [parts.constant(new Tensor(type, new Float32Array(sizeOf(own)).fill(value), own))];
    };
    const operands = [...border(shared[0]), node.node.inputs[0]!, ...border(shared[1])];
    parts.add('Concat', operands, { attributes: new Map([['axis', int(1)]]), output: node.node.outputs[0]! });
    return parts.all;
  },
  lower(node, lowering, [out]) {
    const { mode, begins, ends } = padding(node);
    const value = mode === 'constant' ? padValue(node) : 0;
    if (value === undefined) return false;
    const tables = () =>
      node.input(0).dims.map((dim, axis) => padIndices(mode, dim, begins[axis]!, ends[axis]!));
    return lowerSelect(lowering, node, 0, tables, out!.dims, value);
  },
};
