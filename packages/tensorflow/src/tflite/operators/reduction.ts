import { dataTypeCode, int } from '@zeroskip/onnx';
import { cumsum, reducer } from '../options.ts';
import { row, type Translate, type Translations } from '../translation.ts';
import { b, same } from './tensorflow.ts';

const reduction = (op: string) => same(2, op, (node) => ({ keep_dims: b(node.options(reducer).keepDims) }));

/** The place of the first largest or least value along an axis. */
const argument =
  (opType: string): Translate =>
  (node, builder) => {
    const input = builder.modelOrder(node.input(0));
    const [axis = 0] = builder.integers(node.tensorFlow({}), node.raw(1), 'the axis');
    const index = builder.node(node.name, opType, [input.name], { axis: int(axis), keepdims: int(0) });
    const type = node.output(0).type();
    const rank = node.tensor(0).dims.length - 1;
    if (type === 'int64') return builder.plain(index, rank);
    const to = int(dataTypeCode(type));
    return builder.plain(builder.node(`${node.name}/index`, 'Cast', [index], { to }), rank);
  };

export const reductions: Translations = {
  MEAN: reduction('Mean'),
  SUM: reduction('Sum'),
  REDUCE_MAX: reduction('Max'),
  REDUCE_MIN: reduction('Min'),
  REDUCE_PROD: reduction('Prod'),
  REDUCE_ANY: reduction('Any'),
  REDUCE_ALL: reduction('All'),
  ARG_MAX: row(2, argument('ArgMax')),
  ARG_MIN: row(2, argument('ArgMin')),
  CUMSUM: same(2, 'Cumsum', (node) => {
    const { exclusive, reverse } = node.options(cumsum);
    return { exclusive: b(exclusive), reverse: b(reverse) };
  }),
};
