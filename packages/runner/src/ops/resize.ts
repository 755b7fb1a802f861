import type { ResizeAxis } from '@zeroskip/kernels';
import { type NodeView, stridesOf } from '@zeroskip/onnx';
import { allocate, type ElementType, sizeOf, Tensor, type TensorData } from '@zeroskip/tensor';
import { identityAxis, pickAxis } from '../lowering/tables.ts';
import { type Operator, sameDensity } from './common/operator.ts';
import { forEachRow } from './common/strides.ts';
import { isBig, isFloat, numbers, requireFloat } from './common/types.ts';
import {
  type AxisTable,
  axisResizes,
  axisTable,
  MAX_TABLE,
  options,
  tapsOf,
  unchanged,
} from './resize-axis.ts';
import { isPlane, resizeIntegers } from './resize-integers.ts';

const isInteger = (type: ElementType) => !isFloat(type) && !isBig(type);

/** `from` resized along `axis` only. */
function resizeAxis(
  from: Float64Array,
  dims: readonly number[],
  axis: number,
  table: AxisTable,
  output: number,
) {
  const outDims = dims.map((dim, i) => (i === axis ? output : dim));
  const to = new Float64Array(sizeOf(outDims));
  const outer = sizeOf(dims.slice(0, axis));
  const inner = sizeOf(dims.slice(axis + 1));
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < output; i++) {
      const base = (o * output + i) * inner;
      for (let t = 0; t < table.taps; t++) {
        const weight = table.weights[i * table.taps + t]!;
        if (weight === 0) continue;
        const source = (o * dims[axis]! + table.indices[i * table.taps + t]!) * inner;
        for (let k = 0; k < inner; k++) to[base + k]! += weight * from[source + k]!;
      }
    }
  }
  return { data: to, dims: outDims };
}

function fillOutside(
  data: Float64Array,
  dims: readonly number[],
  tables: readonly (AxisTable | undefined)[],
  value: number,
) {
  for (const [axis, table] of tables.entries()) {
    const { outside } = table ?? {};
    if (!outside) continue;
    const stride = stridesOf(dims)[axis]!;
    for (let i = 0; i < data.length; i++) if (outside[Math.floor(i / stride) % dims[axis]!]) data[i] = value;
  }
}

/** Sums in the type of the result; integers are cut off. */
function inType(sums: Float64Array, type: ElementType): TensorData {
  const to = allocate(type, sums.length);
  if (isBig(type)) for (const [i, sum] of sums.entries()) to[i] = BigInt(Math.trunc(sum));
  else to.set(sums as never);
  return to;
}

function nearestOnly(x: Tensor, dims: readonly number[], tables: readonly (AxisTable | undefined)[]): Tensor {
  const strides = stridesOf(x.dims);
  const to = new (x.data.constructor as Float32ArrayConstructor)(sizeOf(dims));
  const from = x.data as Float32Array;
  const picks = dims.map((dim, axis) =>
    Int32Array.from(
      { length: dim },
      (_, i) => (tables[axis] ? tables[axis].indices[i]! : i) * strides[axis]!,
    ),
  );
  const width = dims.at(-1) ?? 1;
  const along = stridesOf(dims.slice(0, -1));
  forEachRow(dims, [], (row) => {
    let base = 0;
    for (let axis = 0; axis < dims.length - 1; axis++)
      base += picks[axis]![Math.floor(row / along[axis]!) % dims[axis]!]!;
    for (let i = 0; i < width; i++) to[row * width + i] = from[base + picks.at(-1)![i]!]!;
  });
  return new Tensor(x.type, to as never, dims);
}

/** @param table undefined where the axis stays as it is */
function nativeAxis(table: AxisTable | undefined, length: number): ResizeAxis {
  if (!table) return identityAxis(length);
  const { taps, indices, weights } = table;
  const low = Int32Array.from({ length }, (_, i) => indices[i * taps]!);
  if (taps === 1) return pickAxis(low);
  return {
    low,
    high: Int32Array.from({ length }, (_, i) => indices[i * taps + 1]!),
    weight: Float32Array.from({ length }, (_, i) => weights[i * taps + 1]!),
  };
}

const resizeRow = {
  limits: 'Native for modes nearest and linear along heights and widths.',
  types: [numbers],
  density: sameDensity,
  infer(node: NodeView) {
    const settings = options(node);
    const { type } = settings.mode === 'cubic' ? requireFloat(node, 0) : node.input(0);
    const axes = axisResizes(node);
    for (const axis of axes) {
      const entries = axis.output * tapsOf(axis, settings);
      if (entries > MAX_TABLE && axis.output > 0) {
        throw node.error(
          'the table of one axis',
          `at most ${MAX_TABLE} entries`,
          entries,
          'ERR_LIMIT_EXCEEDED',
        );
      }
    }
    return [{ type, dims: axes.map(({ output }) => output) }];
  },
  evaluate(node, [x], [out]) {
    const settings = options(node);
    const axes = axisResizes(node);
    const tables = axes.map((axis) => (unchanged(axis, settings) ? undefined : axisTable(axis, settings)));
    if (settings.mode === 'nearest' && out!.dims.length > 0 && !tables.some((table) => table?.outside)) {
      return [nearestOnly(x!, out!.dims, tables)];
    }
    if (isInteger(out!.type) && isPlane(axes, settings)) return [resizeIntegers(x!, axes, settings)];
    let current = { data: Float64Array.from(x!.data as Float32Array, Number), dims: [...x!.dims] };
    for (const [axis, table] of tables.entries()) {
      if (table) current = resizeAxis(current.data, current.dims, axis, table, axes[axis]!.output);
    }
    fillOutside(current.data, current.dims, tables, settings.extrapolation);
    return [new Tensor(out!.type, inType(current.data, out!.type) as never, out!.dims)];
  },
  /** Nearest and linear resizing of heights and widths. */
  lower(node, lowering) {
    const settings = options(node);
    const axes = axisResizes(node);
    const input = node.input(0);
    const isNative = input.type === 'float32' || (settings.mode === 'nearest' && lowering.isNative(input));
    if (!isNative || axes.length < 3 || axes.length > 4) return false;
    const tables = axes.map((axis) => (unchanged(axis, settings) ? undefined : axisTable(axis, settings)));
    if (tables[0] || tables[1] || tables.some((table) => table && (table.taps > 2 || table.outside)))
      return false;
    const last = axes.length - 1;
    const rows = axes.length === 4 ? tables[2] : undefined;
    lowering.emit({
      op: 'resize',
      rows: nativeAxis(rows, axes.length === 4 ? axes[2]!.output : 1),
      columns: nativeAxis(tables[last], axes[last]!.output),
      input: lowering.map(node.input(0)),
      output: lowering.output(node, 0),
    });
    return true;
  },
} satisfies Pick<Operator, 'limits' | 'types' | 'density' | 'infer' | 'evaluate' | 'lower'>;

export const resizeOperators: Operator[] = [
  { opType: 'Resize', since: 10, inputs: [1, 4], shapeInputs: [1, 2, 3], ...resizeRow },
  { opType: 'Upsample', until: 9, inputs: [1, 2], shapeInputs: [1], ...resizeRow },
];
