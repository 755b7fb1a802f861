import { int, type NodeView } from '@zeroskip/onnx';
import { Parts } from '../common/composite.ts';
import type { Decomposition, FreshNames } from '../common/operator.ts';
import { spatialAttribute, type Window } from '../common/window.ts';
import { isVolume, otherAttributes, volumeOutput, volumeWindow, windowAttributes } from './windows.ts';

/** Pooling of three axes: of every plane, then of depth. Maxima, means and norms all let themselves be taken so. */
export function volumePool(node: NodeView, names: FreshNames): Decomposition | undefined {
  if (!isVolume(node)) return undefined;
  if (node.node.outputs.length > 1 && node.hasOutput(1))
    throw node.unsupported('outputs of three spatial axes', '1', node.node.outputs.length);
  const { name: x, dims } = node.input(0);
  const [n, channels, d, h, w] = dims as [number, number, number, number, number];
  const window = volumeWindow(node, spatialAttribute(node, 'kernel_shape', 3, 1));
  const [depth, height, width] = volumeOutput(node, window, node.flag('ceil_mode', false));
  const parts = new Parts(node, names);
  const { opType, opset } = node.node;
  const add = (input: string, own: Window) => {
    const others = otherAttributes(node, ['count_include_pad', 'p']);
    const attributes = new Map([
      ...windowAttributes(own),
      ['ceil_mode', int(node.int('ceil_mode', 0))],
      ...others,
    ] as const);
    return parts.add(opType, [input], { attributes, opset });
  };
  const planes = add(parts.reshape(x, [n, channels * d, h, w]), window.plane);
  const columns = add(parts.reshape(planes, [n, channels, d, height * width]), window.depth);
  parts.reshape(columns, [n, channels, depth, height, width], node.node.outputs[0]!);
  return parts.all;
}
