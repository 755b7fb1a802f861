import type { GraphNode } from '../graph.ts';
import { nodeError } from '../node-error.ts';
import { MAX_OPSET } from '../onnx/build-graph.ts';
import { binaryOperators } from './binary.ts';
import { castOperators } from './cast.ts';
import { clip } from './clip.ts';
import { concat } from './concat.ts';
import { constantOperators } from './constant.ts';
import { conv } from './conv.ts';
import { convTranspose } from './conv-transpose.ts';
import { depthSpaceOperators } from './depth-space.ts';
import { expandOperators } from './expand.ts';
import { gatherOperators } from './gather.ts';
import { matrixOperators } from './matmul.ts';
import { normalizationOperators } from './normalization.ts';
import type { Operator } from './operator.ts';
import { pad } from './pad.ts';
import { poolOperators } from './pool.ts';
import { prelu } from './prelu.ts';
import { quantizeOperators } from './quantize.ts';
import { argOperators, reduceOperators } from './reduce.ts';
import { reshapeOperators } from './reshape.ts';
import { resizeOperators } from './resize.ts';
import { slice } from './slice.ts';
import { softmaxOperators } from './softmax.ts';
import { sortOperators } from './sort.ts';
import { split } from './split.ts';
import { transpose } from './transpose.ts';
import { unaryOperators } from './unary.ts';
import { variadicOperators } from './variadic.ts';
import { where } from './where.ts';

export const operators: readonly Operator[] = [
  conv,
  convTranspose,
  ...poolOperators,
  ...normalizationOperators,
  ...matrixOperators,
  ...unaryOperators,
  clip,
  prelu,
  ...binaryOperators,
  ...variadicOperators,
  where,
  ...softmaxOperators,
  ...resizeOperators,
  concat,
  split,
  slice,
  pad,
  transpose,
  ...reshapeOperators,
  ...expandOperators,
  ...gatherOperators,
  ...depthSpaceOperators,
  ...reduceOperators,
  ...argOperators,
  ...sortOperators,
  ...castOperators,
  ...constantOperators,
  ...quantizeOperators,
];

const byType = new Map(operators.map((operator) => [operator.opType, operator]));

/**
 * The row of a node's operator.
 * @throws `ZeroskipError` with code `ERR_UNSUPPORTED_OPERATOR` for one that is not known, or not in the
 *   node's operator set; `ERR_INVALID_MODEL` for a wrong number of inputs or outputs
 */
export function operatorOf(node: GraphNode): Operator {
  const operator = byType.get(node.opType);
  if (!operator) {
    throw nodeError(
      node,
      'the operator',
      'one that @zeroskip/runner implements',
      node.opType,
      'ERR_UNSUPPORTED_OPERATOR',
    );
  }
  const { since = 1, until = MAX_OPSET } = operator;
  if (node.opset < since || node.opset > until) {
    const expected = `an operator set from ${since} to ${until}`;
    throw nodeError(
      node,
      `the model's operator set, for operator ${node.opType}`,
      expected,
      node.opset,
      'ERR_UNSUPPORTED_OPERATOR',
    );
  }
  const inRange = (what: string, count: number, [least, most]: readonly [number, number]) => {
    if (count < least || count > most) {
      const most_ = most > 1000 ? ' or more' : ` to ${most}`;
      throw nodeError(
        node,
        `the number of ${what}`,
        least === most ? String(least) : `${least}${most_}`,
        count,
      );
    }
  };
  inRange('inputs', node.inputs.length, operator.inputs);
  const absent = node.inputs.slice(0, operator.inputs[0]).indexOf('');
  if (absent >= 0) throw nodeError(node, `input ${absent}`, 'a value', 'none');
  inRange('outputs', node.outputs.length, operator.outputs ?? [1, 1]);
  return operator;
}
