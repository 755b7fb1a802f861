import { describe, expect, it } from 'vitest';
import { float32, int64 } from '../support/onnx.ts';
import { code } from '../support/refusal.ts';
import { checkNode, type NodeCase, outputOf } from '../support/run-node.ts';

/** Of two images and three classes. */
const x = float32([2, 3], [1, 2, 3, 4, 6, 5]);
const labels = int64([2, 0]);
const weights = float32([3], [1, 0, 3]);
const logOfSum = (...values: number[]) => Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
const [first, second] = [logOfSum(1, 2, 3) - 3, logOfSum(4, 6, 5) - 4];
const ignored = { reduction: 'none', ignore_index: 0 };

type Row = [string, Pick<NodeCase, 'opType' | 'attributes'> & { weighted?: boolean }, number[]];

describe('losses', () => {
  it.each<Row>([
    ['of each label', { opType: 'NegativeLogLikelihoodLoss', attributes: { reduction: 'none' } }, [-3, -4]],
    ['as a mean', { opType: 'NegativeLogLikelihoodLoss' }, [-3.5]],
    ['as a mean by weight', { opType: 'NegativeLogLikelihoodLoss', weighted: true }, [-13 / 4]],
    ['but one label', { opType: 'NegativeLogLikelihoodLoss', attributes: ignored }, [-3, 0]],
    [
      'of a softmax',
      { opType: 'SoftmaxCrossEntropyLoss', attributes: { reduction: 'none' } },
      [first, second],
    ],
    [
      'of it, as a sum',
      { opType: 'SoftmaxCrossEntropyLoss', attributes: { reduction: 'sum' } },
      [first + second],
    ],
    ['of it, by weight', { opType: 'SoftmaxCrossEntropyLoss', weighted: true }, [(3 * first + second) / 4]],
  ])('%s', async (_what, { weighted, ...row }, values) => {
    const feeds = { x, labels, ...(weighted && { weights }) };
    await checkNode({ ...row, feeds, values, digits: 5 });
  });

  it('refuse labels that are no classes', async () => {
    const feeds = { x, labels: int64([0, 3]) };
    await expect(outputOf({ opType: 'NegativeLogLikelihoodLoss', feeds })).rejects.toThrow(
      code('ERR_INVALID_MODEL'),
    );
  });
});
