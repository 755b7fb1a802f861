import { type InputValue, type NodeView, sameDims } from '@zeroskip/onnx';
import { gatherBlocks } from './gather-blocks.ts';
import { type Lowering, onePixel } from './lowering.ts';
import {
  densePlace,
  isInFloats,
  type MapShape,
  mapShape,
  type Place,
  singleAxes,
  subPlace,
} from './place.ts';
import { asRange, gatherOfTables, pickAxis } from './tables.ts';

type Range = readonly [start: number, length: number];

/** Tables of longer axes take more time and memory than it takes to refuse a network that has no room for its maps. */
const LONGEST_TABLE = 2 ** 26;

/**
 * Takes element `tables[axis][i]` of each axis of the first input, -1 standing for `fill`.
 * @param tablesOf makes these
 */
export function lowerSelect(
  lowering: Lowering,
  node: NodeView,
  output: number,
  tablesOf: () => readonly Int32Array[],
  outDims: readonly number[],
  fill = 0,
): boolean {
  const input = node.input(0);
  if (!isInFloats(input.type)) return false;
  if ([...input.dims, ...outDims].some((dim) => dim > LONGEST_TABLE)) return false;
  const tables = tablesOf();
  const name = node.node.outputs[output]!;
  const selected = tables.map((table) => table.length);
  const asIs = sameDims(selected, outDims);
  const part = asIs ? subMap(lowering, input, tables) : undefined;
  if (part) {
    lowering.values.aliasMap(name, part);
    return true;
  }
  if (asIs && selectPixels(lowering, node, input, tables, name, fill)) return true;
  if (asIs && selectRows(lowering, input, tables, name)) return true;
  if (tables.some((table) => table.includes(-1))) return false;
  const gather = gatherOfTables(input.dims, tables);
  if (!gather) return false;
  gatherBlocks(lowering, gather, lowering.values.rows(input.name), lowering.values.defineRows(name));
  return true;
}

function subMap(lowering: Lowering, input: InputValue, tables: readonly Int32Array[]): Place | undefined {
  const axes = singleAxes(input.dims.length);
  if (!axes || lowering.values.prefersRows(input.name)) return undefined;
  const ranges = tables.map((table) => asRange(table));
  if (ranges.some((range) => !range)) return undefined;
  const own = mapShape(input.dims, 'channelsLast');
  const along = (key: keyof MapShape) =>
    axes[key] === undefined ? ([0, own[key]] as const) : ranges[axes[key]]!;
  return subPlace(lowering.map(input), { n: along('n'), h: along('h'), w: along('w'), c: along('c') });
}

/** A part of row-major elements, where the axes before the last three are taken whole. */
function selectRows(
  lowering: Lowering,
  input: InputValue,
  tables: readonly Int32Array[],
  name: string,
): boolean {
  const dims = [...new Array<number>(Math.max(0, 3 - input.dims.length)).fill(1), ...input.dims];
  const missing = dims.length - input.dims.length;
  const ranges = dims.map((dim, axis) =>
    axis < missing ? ([0, dim] as const) : asRange(tables[axis - missing]!),
  );
  const leading = dims.slice(0, -3);
  if (leading.some((dim, axis) => ranges[axis]?.[1] !== dim) || ranges.some((range) => !range)) return false;
  const [h, w, c] = ranges.slice(-3) as [Range, Range, Range];
  const whole = lowering.values.mapAs(input, dims, 'rowMajor');
  const home = lowering.values.defineRows(name);
  const part = subPlace(whole, { n: [0, whole.n], h, w, c });
  lowering.emitCopy(part, densePlace(home.region, part, home.offset));
  return true;
}

function selectPixels(
  lowering: Lowering,
  node: NodeView,
  input: InputValue,
  tables: readonly Int32Array[],
  name: string,
  fill: number,
): boolean {
  const axes = singleAxes(input.dims.length);
  const fills = tables.some((table) => table.includes(-1));
  if (!axes || input.dims.length < 3 || (!fills && lowering.values.prefersRows(input.name))) return false;
  const ranges = [tables[0]!, tables[1]!].map(asRange);
  if (ranges.some((range) => !range)) return false;
  const map = lowering.map(input);
  const whole = subPlace(map, { n: ranges[0]!, h: [0, map.h], w: [0, map.w], c: ranges[1]! });
  const rows = axes.h === undefined ? new Int32Array(1) : tables[axes.h]!;
  emitPick(lowering, whole, rows, tables[axes.w!]!, fill, () =>
    lowering.output(node, node.node.outputs.indexOf(name)),
  );
  return true;
}

/**
 * Makes pixel (y, x) of a map pixel (`rows[y]`, `columns[x]`) of `input`, -1 standing for `fill`.
 * @param output gives the map's place; called once it is clear that steps follow
 */
export function emitPick(
  lowering: Lowering,
  input: Place,
  rows: Int32Array,
  columns: Int32Array,
  fill: number,
  output: () => Place,
): void {
  if (!rows.includes(-1) && !columns.includes(-1)) {
    lowering.emit({
      op: 'resize',
      rows: pickAxis(rows),
      columns: pickAxis(columns),
      input,
      output: output(),
    });
    return;
  }
  // One row and one column of zeros more, for -1 to take: the map's own values, also NaN, stay out of it.
  const { n, h, w, c } = input;
  const zeros = lowering.temporary({ n, h: h + 1, w: w + 1, c });
  lowering.emitPool('average', { ...onePixel, pads: [0, 0, 1, 1] }, true, input, zeros);
  const outside = (indices: Int32Array, last: number) =>
    pickAxis(indices.map((index) => (index < 0 ? last : index)));
  const pick = {
    op: 'resize',
    rows: outside(rows, h),
    columns: outside(columns, w),
    input: zeros,
  } as const;
  if (fill === 0) {
    lowering.emit({ ...pick, output: output() });
    return;
  }
  const picked = lowering.temporary({ n, h: rows.length, w: columns.length, c });
  lowering.emit({ ...pick, output: picked });
  const shape = { n: 1, h: rows.length, w: columns.length, c: 1 };
  const border = Float32Array.from({ length: shape.h * shape.w }, (_, i) =>
    rows[Math.floor(i / shape.w)]! < 0 || columns[i % shape.w]! < 0 ? fill : 0,
  );
  lowering.emitBinary('add', picked, lowering.pool.add(border, shape), output());
}
