import type { NodeView } from '../model/node-view.ts';
import type { AxisTable } from '../ops/resize-axis.ts';
import type { Lowering } from './lowering.ts';
import { identityAxis, pickAxis } from './tables.ts';

/** @param rows,columns undefined where the axis stays as it is */
export function lowerResize(
  lowering: Lowering,
  node: NodeView,
  rows: AxisTable | undefined,
  columns: AxisTable | undefined,
  h: number,
  w: number,
): boolean {
  const axis = (table: AxisTable | undefined, length: number) => {
    if (!table) return identityAxis(length);
    const { taps, indices, weights } = table;
    const low = Int32Array.from({ length }, (_, i) => indices[i * taps]!);
    if (taps === 1) return pickAxis(low);
    return {
      low,
      high: Int32Array.from({ length }, (_, i) => indices[i * taps + 1]!),
      weight: Float32Array.from({ length }, (_, i) => weights[i * taps + 1]!),
    };
  };
  const input = lowering.map(node.input(0));
  lowering.emit({
    op: 'resize',
    rows: axis(rows, h),
    columns: axis(columns, w),
    input,
    output: lowering.output(node, 0),
  });
  return true;
}
