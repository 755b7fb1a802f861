import { sizeOf, Tensor } from '@zeroskip/tensor';
import type { GraphDraft } from './draft.ts';

const firstOf = (outputs: readonly string[] | undefined) => outputs?.[0];

function axisOf(draft: GraphDraft, x: string): number {
  const rank = draft.dims(x).length;
  const axis = rank > 1 && draft.chance(0.6) ? 1 : draft.whole(0, Math.max(0, rank - 1));
  return draft.chance(0.2) && rank > 0 ? axis - rank : axis;
}

/** Positive numbers that add up to `total`, or with a zero among them. */
function parts(draft: GraphDraft, total: number): number[] {
  const first = draft.whole(draft.chance(0.1) ? 0 : 1, Math.max(1, total - 1));
  const rest = total - first;
  return rest > 1 && draft.chance(0.4) ? [first, 1, rest - 1] : [first, rest];
}

/** Parts of a value; which of them are read is left to what follows. */
export function split(draft: GraphDraft, x: string): string[] | undefined {
  const dims = draft.dims(x);
  const axis = axisOf(draft, x);
  const dim = dims.at(axis) ?? 0;
  const isEven = draft.chance(0.3) && dim % 2 === 0;
  const sizes = isEven ? [dim / 2, dim / 2] : parts(draft, dim);
  if (isEven && draft.opset < 18) return draft.add('Split', [x], { axis }, 2);
  if (isEven) return draft.add('Split', [x], { axis, num_outputs: 2 }, 2);
  if (draft.opset < 13) return draft.add('Split', [x], { axis, split: sizes }, sizes.length);
  return draft.add('Split', [x, draft.ints(sizes)], { axis }, sizes.length);
}

export function concat(draft: GraphDraft, x: string): string | undefined {
  const own = draft.dims(x);
  if (own.length === 0) return undefined;
  const axis = axisOf(draft, x);
  const at = axis < 0 ? axis + own.length : axis;
  const fits = (dims: readonly number[]) =>
    dims.length === own.length && dims.every((dim, i) => i === at || dim === own[i]);
  const inputs = [x];
  for (let count = draft.whole(0, 2); count > 0; count--) {
    const isConstant = draft.chance(0.15);
    const dims = own.map((dim, i) => (i === at ? draft.whole(1, 2) : dim));
    inputs.push(isConstant ? draft.floats(dims) : draft.value(fits)!);
  }
  return firstOf(draft.add('Concat', draft.chance(0.5) ? inputs : inputs.reverse(), { axis }));
}

export function slice(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  const axes = dims.map((_, axis) => axis).filter(() => draft.chance(0.5));
  const starts = axes.map((axis) => draft.whole(0, Math.max(0, dims[axis]! - 1)));
  const ends = axes.map((axis, i) =>
    draft.chance(0.3) ? 2 ** 31 : draft.whole(starts[i]!, dims[axis]! + 1),
  );
  if (draft.opset < 10) return firstOf(draft.add('Slice', [x], { axes, starts, ends }));
  const lists = [starts, ends, axes].map((list) => draft.ints(list));
  if (draft.chance(0.6)) return firstOf(draft.add('Slice', [x, ...lists]));
  const isBack = draft.chance(0.5);
  const steps = axes.map(() => (isBack ? -draft.whole(1, 2) : draft.whole(1, 3)));
  const backwards = isBack
    ? [draft.ints(axes.map((axis) => dims[axis]!)), draft.ints(axes.map(() => -(2 ** 31)))]
    : lists;
  return firstOf(draft.add('Slice', [x, backwards[0]!, backwards[1]!, lists[2]!, draft.ints(steps)]));
}

export function transpose(draft: GraphDraft, x: string): string | undefined {
  const rank = draft.dims(x).length;
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  if (rank === 4 && draft.chance(0.5))
    return firstOf(
      draft.add('Transpose', [x], {
        perm: draft.pick([
          [0, 2, 3, 1],
          [0, 3, 1, 2],
        ]),
      }),
    );
  for (let i = rank - 1; i > 0; i--) {
    const j = draft.whole(0, i);
    [perm[i], perm[j]] = [perm[j]!, perm[i]!];
  }
  return firstOf(draft.add('Transpose', [x], draft.chance(0.1) ? {} : { perm }));
}

/** Dims of the same size: two neighbours as one, one as two, or flat. */
function regrouped(draft: GraphDraft, dims: readonly number[]): number[] {
  const next = [...dims];
  const at = draft.whole(0, Math.max(0, dims.length - 2));
  const dim = dims[at] ?? 1;
  if (draft.chance(0.4) && dims.length > 1) next.splice(at, 2, dim * dims[at + 1]!);
  else if (draft.chance(0.5)) next.splice(at, 1, ...(dim % 2 === 0 ? [2, dim / 2] : [1, dim]));
  else return [...dims].reverse();
  return next;
}

export function reshape(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  switch (draft.whole(0, 5)) {
    case 0:
      return firstOf(draft.add('Flatten', [x], { axis: draft.whole(0, dims.length) }));
    case 1: {
      const axes = [draft.whole(0, dims.length)];
      if (draft.opset < 13) return firstOf(draft.add('Unsqueeze', [x], { axes }));
      return firstOf(draft.add('Unsqueeze', [x, draft.ints(axes)]));
    }
    case 2:
      return firstOf(draft.add('Squeeze', [x]));
    default: {
      const next = regrouped(draft, dims);
      const written = next.map((dim, axis) => (dim === dims[axis] && draft.chance(0.2) ? 0 : dim));
      if (draft.chance(0.3) && sizeOf(dims) > 0) written[draft.whole(0, written.length - 1)] = -1;
      return firstOf(draft.add('Reshape', [x, draft.ints(written)]));
    }
  }
}

/** Reshape to dims that follow from a value's own: Shape, Gather or Slice, Concat. */
export function shapeArithmetic(draft: GraphDraft, x: string): void {
  const shape = draft.add('Shape', [x])![0]!;
  const rank = draft.dims(x).length;
  if (rank === 0) return;
  const first = draft.add('Gather', [shape, draft.ints([0])], { axis: 0 })![0]!;
  const rest =
    draft.chance(0.5) || draft.opset < 10
      ? draft.ints([-1])
      : draft.add('Slice', [shape, draft.ints([1]), draft.ints([rank])])![0]!;
  const target = draft.add('Concat', [first, rest], { axis: 0 })![0]!;
  if (draft.chance(0.8)) draft.add('Reshape', [x, target]);
  else if (draft.opset >= 9) {
    const filled = draft.add('ConstantOfShape', [shape], { value: new Tensor('float32', [0.5], [1]) });
    if (filled) draft.add('Mul', [x, filled[0]!]);
  }
}

export function identity(draft: GraphDraft, x: string): string | undefined {
  switch (draft.whole(0, 4)) {
    case 4: {
      const like = draft.add('CastLike', [draft.floats([2]), x])?.[0];
      return like && draft.chance(0.5) ? firstOf(draft.add('CastLike', [x, like])) : undefined;
    }
    case 0:
      return firstOf(draft.add('Dropout', [x], {}, draft.whole(1, 2)));
    case 1:
      return firstOf(draft.add('Cast', [x], { to: 1 }));
    case 2: {
      const wide = firstOf(draft.add('Cast', [x], { to: 11 }));
      return wide && firstOf(draft.add('Cast', [wide], { to: 1 }));
    }
    default:
      return firstOf(draft.add('Identity', [x]));
  }
}

export function gather(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  if (dims.length === 0) return undefined;
  const axis = axisOf(draft, x);
  const dim = dims.at(axis)!;
  if (dim === 0) return undefined;
  const indices = Array.from({ length: draft.whole(1, 3) }, () => draft.whole(-dim, dim - 1));
  const isScalar = draft.chance(0.3);
  const list = isScalar
    ? draft.constant(new Tensor('int64', [BigInt(indices[0]!)], []))
    : draft.ints(indices);
  return firstOf(draft.add('Gather', [x, list], { axis }));
}

export function resize(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  const mode = draft.pick(['nearest', 'linear']);
  const scales = dims.map((_, axis) => (axis > 1 ? draft.pick([1, 1, 2, 3, 0.5]) : 1));
  const list = draft.constant(new Tensor('float32', scales));
  if (draft.opset < 10) return firstOf(draft.add('Upsample', [x, list], { mode }));
  if (draft.opset < 11) return firstOf(draft.add('Resize', [x, list], { mode }));
  const coordinates = draft.pick(['half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel']);
  return firstOf(draft.add('Resize', [x, '', list], { mode, coordinate_transformation_mode: coordinates }));
}

export function blocks(draft: GraphDraft, x: string): string | undefined {
  return firstOf(draft.add(draft.pick(['SpaceToDepth', 'DepthToSpace']), [x], { blocksize: 2 }));
}

export function repeat(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  const tile = draft.chance(0.5);
  const counts = dims.map((dim) => (tile ? draft.whole(1, 2) : dim === 1 ? draft.whole(1, 3) : dim));
  return firstOf(draft.add(tile ? 'Tile' : 'Expand', [x, draft.ints(counts)]));
}
