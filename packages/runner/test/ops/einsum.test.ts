import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { float32 } from '../support/onnx.ts';
import { checkNode, outputOf } from '../support/run-node.ts';

const a = float32([2, 3], [1, 2, 3, 4, 5, 6]);
const b = float32([3, 2], [1, 0, 0, 1, 1, 1]);
const square = float32([2, 2], [1, 2, 3, 4]);
const whole = ({ dims, data }: Tensor) => new Tensor('int64', Array.from(data, BigInt), dims);

const known: [string, Tensor[], number[], number[]][] = [
  ['ij->ji', [a], [3, 2], [1, 4, 2, 5, 3, 6]],
  ['ij->', [a], [], [21]],
  ['ij->j', [a], [3], [5, 7, 9]],
  ['ba', [a], [3, 2], [1, 4, 2, 5, 3, 6]],
  ['ii', [square], [], [5]],
  ['ii->i', [square], [2], [1, 4]],
  ['ij,jk->ik', [a, b], [2, 2], [4, 5, 10, 11]],
  ['ij,jk', [a, b], [2, 2], [4, 5, 10, 11]],
  [' i j , j k -> k i ', [a, b], [2, 2], [4, 10, 5, 11]],
  ['ij,ij->i', [a, a], [2], [14, 77]],
  ['ij,kl->', [a, square], [], [210]],
  ['i,j->ij', [float32([2], [1, 2]), float32([2], [3, 4])], [2, 2], [3, 4, 6, 8]],
  ['ij,jk,kl->il', [a, b, square], [2, 2], [19, 28, 43, 64]],
  ['...j,j...->...', [a, float32([3], [1, 1, 1])], [2], [6, 15]],
  ['i...,i...->...', [a, float32([2, 1], [1, 10])], [3], [41, 52, 63]],
];

describe('Einsum', () => {
  const tensors = (all: readonly Tensor[]) => Object.fromEntries(all.map((tensor, i) => [`x${i}`, tensor]));

  it.each(known)('%s', async (equation, inputs, dims, values) => {
    await checkNode({ opType: 'Einsum', attributes: { equation }, feeds: tensors(inputs), dims, values });
  });

  it.each(known)('%s of 64-bit integers', async (equation, inputs, dims, values) => {
    const feeds = tensors(inputs.map(whole));
    await checkNode({ opType: 'Einsum', attributes: { equation }, feeds, type: 'int64', dims, values });
  });

  it.each([
    ['ij', [a, b], 'ERR_INVALID_MODEL'],
    ['ijk', [a], 'ERR_INVALID_MODEL'],
    ['ij->ii', [a], 'ERR_INVALID_MODEL'],
    ['ij->k', [a], 'ERR_INVALID_MODEL'],
    ['i1', [a], 'ERR_INVALID_MODEL'],
    ['ij->i->j', [a], 'ERR_INVALID_MODEL'],
    ['.....ij', [a], 'ERR_INVALID_MODEL'],
    ['ij,kj', [a, b], 'ERR_INVALID_SHAPE'],
  ])('%s is refused', async (equation, inputs, code) => {
    const run = outputOf({ opType: 'Einsum', attributes: { equation }, feeds: tensors(inputs) });
    await expect(run).rejects.toThrow(expect.objectContaining({ code }));
  });
});
