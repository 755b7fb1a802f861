import type { Reduction } from '@zeroskip/kernels';
import type { NodeView } from '@zeroskip/onnx';
import type { Lowering } from './lowering.ts';
import { densePlace, type MapShape, mapShape, type Place, regrouped, singleAxes } from './place.ts';

/** A row-major value whose neighbouring axes are joined where all or none of them are reduced, as a map. */
interface Groups {
  readonly input: MapShape;
  readonly output: MapShape;
}

function groups(dims: readonly number[], axes: readonly number[]): Groups | undefined {
  const joined: { size: number; reduced: boolean }[] = [];
  for (const [axis, size] of dims.entries()) {
    if (size === 1) continue;
    const reduced = axes.includes(axis);
    const last = joined.at(-1);
    if (last?.reduced === reduced) last.size *= size;
    else joined.push({ size, reduced });
  }
  if (joined.length > 4) return undefined;
  while (joined.length < 4) joined.unshift({ size: 1, reduced: false });
  const shape = (size: (group: { size: number; reduced: boolean }) => number) => {
    const [n, h, w, c] = joined.map(size) as [number, number, number, number];
    return { n, h, w, c };
  };
  return {
    input: shape(({ size }) => size),
    output: shape(({ size, reduced }) => (reduced ? 1 : size)),
  };
}

/** A channels-last map whose axes stay where they are: what is left of them after the reduction. */
function leftOf(dims: readonly number[], axes: readonly number[]): MapShape | undefined {
  const single = dims.length > 2 ? singleAxes(dims.length) : undefined;
  const own = mapShape(dims, 'channelsLast');
  if (!single || own.c === 1) return undefined;
  const left = { ...own };
  for (const key of ['n', 'h', 'w', 'c'] as const) {
    if (single[key] !== undefined && axes.includes(single[key])) left[key] = 1;
  }
  return left;
}

/** Whether a map of shape `left` is what channels-last dims `out` are. */
function isMapOf(left: MapShape, out: readonly number[]): boolean {
  const shape = mapShape(out, 'channelsLast');
  return shape.n === left.n && shape.c === left.c && shape.h * shape.w === left.h * left.w;
}

/**
 * Emits the reduction of the first input along `axes`: of the map where it lies, or row-major.
 * @param before makes what is reduced out of the input, in the same shape
 * @param after makes the result out of what was reduced
 */
export function lowerReduction(
  lowering: Lowering,
  node: NodeView,
  kind: Reduction,
  axes: readonly number[],
  outDims: readonly number[],
  { before, after }: { before?: (x: Place, to: Place) => void; after?: (x: Place, to: Place) => void } = {},
): boolean {
  const { name, type, dims } = node.input(0);
  if (type !== 'float32') return false;
  const { values } = lowering;
  const output = node.node.outputs[0]!;
  const isRows = values.prefersRows(name) || values.isHostOnly(name);
  const left = isRows ? undefined : leftOf(dims, axes);

  const emit = (input: Place, to: Place) => {
    const from = before ? lowering.temporary(input) : input;
    before?.(input, from);
    const sums = after ? lowering.temporary(to) : to;
    lowering.emitReduction(kind, from, sums);
    after?.(sums, to);
  };
  if (left && isMapOf(left, outDims)) {
    const input = lowering.map(node.input(0));
    const home = values.defineMap(output);
    const to = regrouped(home, left) ?? lowering.temporary(left);
    emit(input, to);
    if (to.region !== home.region) lowering.emitCopy({ ...to, h: home.h, w: home.w }, home);
    return true;
  }
  if (left?.c === 1) {
    const input = lowering.map(node.input(0));
    const home = values.defineRows(output);
    emit(input, densePlace(home.region, left, home.offset));
    return true;
  }
  const shapes = groups(dims, axes);
  if (!shapes) return false;
  const rows = values.rows(name);
  const home = values.defineRows(output);
  const input = densePlace(rows.region, shapes.input, rows.offset);
  emit(input, densePlace(home.region, shapes.output, home.offset));
  return true;
}
