import { float, int, ints } from '@zeroskip/onnx';
import { localResponseNormalization, pool2D } from '../options.ts';
import { activated, row, type Translate, type Translations } from '../translation.ts';
import { padding } from './convolution.ts';

const pooling =
  (opType: 'MaxPool' | 'AveragePool'): Translate =>
  (node, builder) => {
    const options = node.options(pool2D);
    const input = node.map(0);
    const attributes = {
      ...padding(node, options.padding),
      kernel_shape: ints([options.filterH, options.filterW]),
      strides: ints([options.strideH, options.strideW]),
    };
    const pooled = builder.like(input, builder.node(node.name, opType, [input.name], attributes));
    return activated(node, pooled, options.activation, builder);
  };

/** ONNX divides alpha by the number of channels that it sums. */
const localResponse: Translate = (node, builder) => {
  const { radius, bias, alpha, beta } = node.options(localResponseNormalization);
  const input = node.map(0);
  const size = 2 * radius + 1;
  const attributes = { size: int(size), bias: float(bias), alpha: float(alpha * size), beta: float(beta) };
  return builder.like(input, builder.node(node.name, 'LRN', [input.name], attributes));
};

export const pools: Translations = {
  MAX_POOL_2D: row(1, pooling('MaxPool')),
  AVERAGE_POOL_2D: row(1, pooling('AveragePool')),
  LOCAL_RESPONSE_NORMALIZATION: row(1, localResponse),
};
