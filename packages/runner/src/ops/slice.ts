import { type NodeView, stridesOf } from '@zeroskip/onnx';
import { lowerSelect } from '../lowering/select.ts';
import { progression } from '../lowering/tables.ts';
import { type Operator, sameDensity } from './common/operator.ts';
import { gathered } from './common/results.ts';

interface AxisRange {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** What Slice takes from each axis of its input. */
function sliceRanges(node: NodeView): AxisRange[] {
  const { dims } = node.input(0);
  const starts = node.intsOf('starts', 1);
  const ends = node.intsOf('ends', 2);
  if (!starts || !ends) throw node.error('starts and ends', 'lists of integers', 'none');
  const axes = node.normalizeAxes(node.intsOf('axes', 3) ?? starts.map((_, i) => i), dims.length, 'axes');
  const steps = node.operand(4) ?? starts.map(() => 1);
  for (const [name, list] of Object.entries({ ends, axes, steps })) {
    if (list.length !== starts.length)
      throw node.error(`length of ${name}`, String(starts.length), list.length);
  }
  const ranges = dims.map((dim) => ({ start: 0, step: 1, length: dim }));
  for (const [i, axis] of axes.entries()) {
    const dim = dims[axis]!;
    const step = steps[i]!;
    if (step === 0) throw node.error('steps', 'steps other than 0', steps);
    const absolute = (value: number) => (value < 0 ? value + dim : value);
    const start = step > 0 ? clamp(absolute(starts[i]!), 0, dim) : clamp(absolute(starts[i]!), 0, dim - 1);
    const end = step > 0 ? clamp(absolute(ends[i]!), 0, dim) : clamp(absolute(ends[i]!), -1, dim);
    const length = dim === 0 ? 0 : Math.max(0, Math.ceil((end - start) / step));
    ranges[axis] = { start, step, length };
  }
  return ranges;
}

export const slice: Operator = {
  opType: 'Slice',
  inputs: [1, 5],
  shapeInputs: [1, 2, 3, 4],
  density: sameDensity,
  infer: (node) => [{ type: node.input(0).type, dims: sliceRanges(node).map(({ length }) => length) }],
  evaluate(node, [x], [out]) {
    const ranges = sliceRanges(node);
    const strides = stridesOf(x!.dims);
    const start = ranges.reduce((sum, range, axis) => sum + range.start * strides[axis]!, 0);
    const steps = ranges.map((range, axis) => range.step * strides[axis]!);
    return gathered(x!, out!, steps, { start });
  },
  lower(node, lowering, [out]) {
    const tables = () => sliceRanges(node).map(({ start, step, length }) => progression(length, start, step));
    return lowerSelect(lowering, node, 0, tables, out!.dims);
  },
};
