import { type GraphNode, MAX_OPSET, missingError, nodeError } from '@zeroskip/onnx';
import { attentionOperators } from './attention/index.ts';
import { binaryOperators } from './binary.ts';
import { bitwiseOperators } from './bitwise.ts';
import { castOperators } from './cast.ts';
import { clip } from './clip.ts';
import type { Composite, Operator, Routine } from './common/operator.ts';
import { concat } from './concat.ts';
import { constantOperators } from './constant.ts';
import { controlOperators } from './control/index.ts';
import { conv } from './conv.ts';
import { convTranspose } from './conv-transpose.ts';
import { depthSpaceOperators } from './depth-space.ts';
import { det } from './determinant.ts';
import { einsum } from './einsum.ts';
import { expandOperators } from './expand.ts';
import { fillOperators } from './fill.ts';
import { gatherOperators } from './gather.ts';
import { integerOperators } from './integer.ts';
import { qLinearConvAdd } from './integers/add-integers.ts';
import { toFloatOperators } from './integers/to-float.ts';
import { lossOperators } from './losses.ts';
import { matrixOperators } from './matmul.ts';
import { microsoftOperators } from './microsoft/index.ts';
import { normalizationOperators } from './normalization.ts';
import { pad } from './pad.ts';
import { poolOperators } from './pool.ts';
import { prelu } from './prelu.ts';
import { quantizeOperators } from './quantize.ts';
import { randomOperators } from './random.ts';
import { recurrentOperators } from './recurrent/index.ts';
import { argOperators, reduceOperators } from './reduce.ts';
import { reshapeOperators } from './reshape.ts';
import { resizeOperators } from './resize.ts';
import { scatterOperators } from './scatter.ts';
import { selectOperators } from './select.ts';
import { sequenceOperators } from './sequence/index.ts';
import { signalOperators } from './signal/index.ts';
import { slice } from './slice.ts';
import { softmaxOperators } from './softmax.ts';
import { sortOperators } from './sort.ts';
import { split } from './split.ts';
import { stringOperators } from './strings/index.ts';
import { transpose } from './transpose.ts';
import { unaryOperators } from './unary.ts';
import { variadicOperators } from './variadic.ts';
import { varianceOperators } from './variance.ts';
import { visionOperators } from './vision/index.ts';
import { where } from './where.ts';

/** What is known of an operator. */
export type OperatorRow = Operator | Composite | Routine;

export const operators: readonly OperatorRow[] = [
  conv,
  convTranspose,
  ...poolOperators,
  ...normalizationOperators,
  ...varianceOperators,
  ...matrixOperators,
  det,
  einsum,
  ...unaryOperators,
  clip,
  prelu,
  ...binaryOperators,
  ...bitwiseOperators,
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
  ...scatterOperators,
  ...fillOperators,
  ...selectOperators,
  ...visionOperators,
  ...depthSpaceOperators,
  ...reduceOperators,
  ...argOperators,
  ...sortOperators,
  ...castOperators,
  ...constantOperators,
  ...randomOperators,
  ...lossOperators,
  ...quantizeOperators,
  ...integerOperators,
  ...toFloatOperators,
  qLinearConvAdd,
  ...recurrentOperators,
  ...attentionOperators,
  ...signalOperators,
  ...controlOperators,
  ...sequenceOperators,
  ...stringOperators,
  ...microsoftOperators,
];

/** An operator's name, with its domain where that is not the default one. */
export const qualified = ({ domain, opType }: { readonly domain?: string; readonly opType: string }) =>
  domain === undefined ? opType : `${domain}::${opType}`;

const byName = new Map(operators.map((operator) => [qualified(operator), operator]));

/** Why there is no operator for a node, in its error's words; undefined where there is one. */
function absence(node: GraphNode): { what: string; expected: string; received: unknown } | undefined {
  const name = qualified(node);
  const operator = byName.get(name);
  if (!operator)
    return { what: 'the operator', expected: 'one that @zeroskip/runner implements', received: name };
  const { since = 1, until = MAX_OPSET } = operator;
  if (node.opset >= since && node.opset <= until) return undefined;
  const what = `the model's operator set, for operator ${name}`;
  return { what, expected: `an operator set from ${since} to ${until}`, received: node.opset };
}

export function hasOperator(node: GraphNode): boolean {
  return checked.has(node) || absence(node) === undefined;
}

/** One error about all nodes without an operator, each kind once. */
export function missingOperators(nodes: readonly GraphNode[]): Error {
  const kinds = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    const { received } = absence(node)!;
    const kind = `${qualified(node)}${typeof received === 'number' ? ` of operator set ${received}` : ''}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), node]);
  }
  const [first] = nodes;
  const { what, expected, received } = absence(first!)!;
  if (kinds.size === 1) return nodeError(first!, what, expected, received, 'ERR_UNSUPPORTED_OPERATOR');
  return missingError('operators', 'node', kinds, { nodeName: first!.name, opType: first!.opType });
}

export function isRoutine(operator: OperatorRow): operator is Routine {
  return !('infer' in operator || 'decompose' in operator);
}

/** As `operatorOf`, of a node in a graph that is folded, where no composite is left. */
export const primitiveOf = (node: GraphNode) => operatorOf(node) as Operator;

/** Rows of nodes that were checked. */
const checked = new WeakMap<GraphNode, OperatorRow>();

/**
 * The row of a node's operator.
 * @throws `ZeroskipError` with code `ERR_UNSUPPORTED_OPERATOR` for one that is not known, or not in the
 *   node's operator set; `ERR_INVALID_MODEL` for a wrong number of inputs or outputs
 */
export function operatorOf(node: GraphNode): OperatorRow {
  const known = checked.get(node);
  if (known) return known;
  const operator = byName.get(qualified(node));
  if (!operator || absence(node)) throw missingOperators([node]);
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
  checked.set(node, operator);
  return operator;
}
