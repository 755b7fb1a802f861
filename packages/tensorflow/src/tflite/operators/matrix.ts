import { int } from '@zeroskip/onnx';
import type { GraphBuilder } from '../../tfjs/graph/builder.ts';
import type { TensorValue } from '../../tfjs/graph/value.ts';
import type { LiteNode } from '../node.ts';
import { batchMatMul, fullyConnected } from '../options.ts';
import { activated, row, type Translate, type Translations } from '../translation.ts';
import { b, same } from './tensorflow.ts';

/** Products of the last axis, which keep the others. */
function alongLast(node: LiteNode, bias: string, builder: GraphBuilder): TensorValue {
  const input = builder.modelOrder(node.input(0));
  const product = builder.node(node.name, 'MatMul', [input.name, node.weights(1, [1, 0])]);
  const { length } = node.tensor(0).dims;
  if (bias === '') return builder.plain(product, length);
  return builder.plain(builder.node(`${node.name}/sum`, 'Add', [product, bias]), length);
}

const connected: Translate = (node, builder) => {
  const { activation, keepNumDims, weightsFormat } = node.options(fullyConnected);
  if (weightsFormat !== 0) throw node.unsupported('format of the weights', 'DEFAULT (0)', weightsFormat);
  const [, columns] = node.dims(1, 2) as [number, number];
  const bias = node.bias(2);
  let value: TensorValue;
  if (keepNumDims && node.tensor(0).dims.length > 2) value = alongLast(node, bias, builder);
  else {
    const { dims } = node.tensor(0);
    const isMatrix = dims.length === 2 && dims[1] === columns;
    const input = isMatrix ? builder.modelOrder(node.input(0)) : node.reshaped(0, [-1, columns]);
    const operands = [input.name, node.weights(1, [0, 1]), ...(bias === '' ? [] : [bias])];
    value = builder.plain(builder.node(node.name, 'Gemm', operands, { transB: int(1) }), 2);
  }
  return activated(node, value, activation, builder);
};

/** Rows of a table. */
const lookup: Translate = (node, builder) => {
  const [indices, rows] = [builder.modelOrder(node.input(0)), builder.modelOrder(node.input(1))];
  const name = builder.node(node.name, 'Gather', [rows.name, indices.name], { axis: int(0) });
  return builder.plain(name, node.tensor(0).dims.length + node.tensor(1).dims.length - 1);
};

export const products: Translations = {
  FULLY_CONNECTED: row(2, connected),
  BATCH_MATMUL: same(2, 'BatchMatMulV2', (node) => {
    const { adjX, adjY } = node.options(batchMatMul);
    return { adj_x: b(adjX), adj_y: b(adjY) };
  }),
  EMBEDDING_LOOKUP: row(2, lookup),
};
