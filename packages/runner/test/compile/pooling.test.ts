import { describe, it } from 'vitest';
import { type ModelParts, node, valueInfo } from '../support/onnx.ts';
import { agrees, nodeAgrees, nodeRunsNatively, random } from './agreement.ts';

describe('pooling', () => {
  const x = random([2, 5, 9, 8], 40, 0.9);
  it.each(['MaxPool', 'AveragePool'])('%s with strides, pads and ceil_mode', (opType) => {
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 0, 1, 1], ceil_mode: 1 };
    return nodeRunsNatively(opType, x, [2, 5, 5, 4], attributes, {}, 19);
  });
  it('AveragePool that counts its padding', () =>
    nodeRunsNatively('AveragePool', x, [2, 5, 9, 8], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
      count_include_pad: 1,
    }));
  it('MaxPool with dilations', () =>
    nodeRunsNatively('MaxPool', x, [2, 5, 5, 6], { kernel_shape: [3, 2], dilations: [2, 2] }));
  it('MaxPool of one spatial axis', () => {
    const line = random([2, 3, 8], 41);
    return nodeRunsNatively('MaxPool', line, [2, 3, 4], { kernel_shape: [2], strides: [2] });
  });
  it('MaxPool with indices', async () => {
    const parts: ModelParts = {
      nodes: [node('MaxPool', ['x'], ['y', 'i'], { kernel_shape: [2, 2] })],
      inputs: [valueInfo('x', 'float32', x.dims)],
      outputs: [valueInfo('y', 'float32', [2, 5, 8, 7]), valueInfo('i', 'int64', [2, 5, 8, 7])],
    };
    await agrees(parts, { x });
  });
  it.each(['GlobalAveragePool', 'GlobalMaxPool'])('%s', (opType) =>
    nodeRunsNatively(opType, x, [2, 5, 1, 1]),
  );
  it.each([[1], [0]])('ReduceMean over height and width with keepdims %d', (keepdims) =>
    nodeRunsNatively('ReduceMean', x, keepdims ? [2, 5, 1, 1] : [2, 5], { axes: [2, 3], keepdims }),
  );
  it('ReduceMean over channels', () => nodeAgrees('ReduceMean', x, [2, 1, 9, 8], { axes: [1] }));
});
