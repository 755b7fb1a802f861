import { fed, type OperatorCase, scalar, vector } from '../operator-case.ts';

const NINE = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Boxes as top, left, bottom, right: two alike, and one apart. */
const BOXES = [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 5, 1, 6];

export const selectionCases: readonly OperatorCase[] = [
  {
    title: 'GATHER along an axis',
    op: 36,
    options: [23, [0, 'int32', 1]],
    operands: [fed([3, 3], NINE), fed([2], [2, 0], 'int32')],
    results: [{ dims: [3, 2], values: [3, 1, 6, 4, 9, 7] }],
  },
  {
    title: 'GATHER of each row its own',
    op: 36,
    options: [23, [0, 'int32', 1], [1, 'int32', 1]],
    operands: [fed([3, 3], NINE), fed([3, 1], [2, 0, 1], 'int32')],
    results: [{ dims: [3, 1], values: [3, 4, 8] }],
  },
  {
    title: 'GATHER_ND',
    op: 107,
    operands: [fed([3, 3], NINE), fed([2, 2], [0, 1, 2, 2], 'int32')],
    results: [{ dims: [2], values: [2, 9] }],
  },
  {
    title: 'SCATTER_ND adds what meets',
    op: 122,
    operands: [fed([3, 1], [1, 3, 1], 'int32'), fed([3], [5, 6, 7]), vector([4])],
    results: [{ dims: [4], values: [0, 12, 0, 6] }],
  },
  {
    title: 'SPARSE_TO_DENSE',
    op: 68,
    operands: [vector([1, 3]), vector([4]), fed([2], [5, 6]), fed([], [9])],
    results: [{ dims: [4], values: [9, 5, 9, 6] }],
  },
  {
    title: 'SLICE',
    op: 65,
    operands: [fed([3, 3], NINE), vector([1, 0]), vector([-1, 2])],
    results: [{ dims: [2, 2], values: [4, 5, 7, 8] }],
  },
  {
    title: 'STRIDED_SLICE with a row taken out',
    op: 45,
    options: [32, [0, 'int32', 2], [1, 'int32', 2], [4, 'int32', 1]],
    operands: [fed([3, 3], NINE), vector([1, 0]), vector([2, 0]), vector([1, 2])],
    results: [{ dims: [2], values: [4, 6] }],
  },
  {
    title: 'STRIDED_SLICE backwards, with a new axis',
    op: 45,
    options: [32, [0, 'int32', 2], [1, 'int32', 2], [3, 'int32', 1]],
    operands: [fed([3], [1, 2, 3]), vector([0, 0]), vector([0, 0]), vector([1, -1])],
    results: [{ dims: [1, 3], values: [3, 2, 1] }],
  },
  {
    title: 'TOPK_V2',
    op: 48,
    operands: [fed([2, 3], [3, 1, 2, 5, 5, 6]), scalar(2)],
    results: [
      { dims: [2, 2], values: [3, 2, 6, 5] },
      { dims: [2, 2], type: 'int32', values: [0, 2, 2, 0] },
    ],
  },
  {
    title: 'ONE_HOT',
    op: 85,
    options: [61, [0, 'int32', -1]],
    operands: [fed([2], [0, 2], 'int32'), scalar(3), scalar(5, 'float32'), scalar(-1, 'float32')],
    results: [{ dims: [2, 3], values: [5, -1, -1, -1, -1, 5] }],
  },
  {
    title: 'NON_MAX_SUPPRESSION_V4 with places that stay empty',
    op: 120,
    operands: [
      fed([3, 4], BOXES),
      fed([3], [0.5, 0.75, 0.25]),
      scalar(3),
      scalar(0.5, 'float32'),
      scalar(0.1, 'float32'),
    ],
    results: [
      { dims: [3], type: 'int32', values: [1, 2, 0] },
      { dims: [], type: 'int32', values: [2] },
    ],
  },
  {
    title: 'NON_MAX_SUPPRESSION_V5 with scores',
    op: 121,
    operands: [
      fed([3, 4], BOXES),
      fed([3], [0.5, 0.75, 0.25]),
      scalar(3),
      scalar(0.5, 'float32'),
      scalar(0.1, 'float32'),
      scalar(0, 'float32'),
    ],
    results: [
      { dims: [3], type: 'int32', values: [1, 2, 0] },
      { dims: [3], values: [0.75, 0.25, 0] },
      { dims: [], type: 'int32', values: [2] },
    ],
  },
  {
    title: 'EMBEDDING_LOOKUP',
    op: 7,
    operands: [fed([2], [2, 0], 'int32'), { dims: [3, 2], values: [1, 2, 3, 4, 5, 6] }],
    results: [{ dims: [2, 2], values: [5, 6, 1, 2] }],
  },
];
