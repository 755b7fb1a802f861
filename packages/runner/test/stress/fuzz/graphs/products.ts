import type { GraphDraft } from './draft.ts';

export function product(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  const k = dims.at(-1);
  if (k === undefined || k === 0) return undefined;
  const n = draft.whole(1, 5);
  if (dims.length === 2 && draft.chance(0.6)) {
    const transB = draft.chance(0.5) ? 1 : 0;
    const bias = draft.chance(0.7) ? [draft.floats(draft.pick([[n], [1, n], [1], []]))] : [];
    const scaled = draft.chance(0.2) ? { alpha: { float: 0.5 }, beta: { float: 2 } } : {};
    return draft.add('Gemm', [x, draft.floats(transB ? [n, k] : [k, n]), ...bias], {
      transB,
      ...scaled,
    })?.[0];
  }
  if (draft.chance(0.2)) {
    const turned = draft.add('Transpose', [x], {
      perm: [...dims.keys()].map((axis) => (axis < dims.length - 2 ? axis : 2 * dims.length - 3 - axis)),
    });
    return turned && draft.add('MatMul', [x, turned[0]!])?.[0];
  }
  return draft.add('MatMul', [x, draft.floats([k, n])])?.[0];
}

export function softmax(draft: GraphDraft, x: string): string | undefined {
  const rank = draft.dims(x).length;
  if (rank === 0) return undefined;
  const axis = draft.chance(0.4) && rank > 1 ? 1 : draft.whole(-rank, rank - 1);
  return draft.add(draft.chance(0.8) ? 'Softmax' : 'LogSoftmax', [x], draft.chance(0.2) ? {} : { axis })?.[0];
}

export function reduction(draft: GraphDraft, x: string): string | undefined {
  const rank = draft.dims(x).length;
  const opType = draft.pick([
    'ReduceMean',
    'ReduceMean',
    'ReduceMax',
    'ReduceSum',
    'ReduceMin',
    'ReduceL1',
    'ReduceSumSquare',
  ]);
  const isSpatial = rank > 2 && draft.chance(0.5);
  const axes = [...new Array<number>(rank).keys()].filter((axis) =>
    isSpatial ? axis > 1 : draft.chance(0.5),
  );
  const keepdims = draft.chance(0.5) ? 1 : 0;
  const asInput = draft.opset >= 18 || (draft.opset >= 13 && opType === 'ReduceSum');
  if (!asInput) return draft.add(opType, [x], { axes, keepdims })?.[0];
  return draft.add(opType, [x, draft.ints(axes)], { keepdims })?.[0];
}

/** What is known before the run: folded, and read or not. */
export function constantChain(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  const a = draft.floats(dims.slice(1));
  const b = draft.add(draft.pick(['Neg', 'Relu', 'Transpose', 'Identity', 'Sigmoid']), [a])?.[0];
  const sum = b && draft.add('Add', [b, draft.floats([1])])?.[0];
  return sum && draft.add('Add', [x, sum])?.[0];
}

/** Where the condition is constant, so that no rounding decides it. */
export function where(draft: GraphDraft, x: string): string | undefined {
  const dims = draft.dims(x);
  const mask = draft.add('Cast', [draft.floats(dims.slice(-1), 0, 1)], { to: 9 })?.[0];
  const other = draft.value((own) => own.join() === dims.join())!;
  return mask && draft.add('Where', [mask, x, draft.chance(0.5) ? other : draft.floats([1])])?.[0];
}
