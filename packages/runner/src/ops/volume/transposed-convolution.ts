import { ints, type NodeView } from '@zeroskip/onnx';
import { dilatedExtent } from '@zeroskip/tensor';
import { Parts } from '../common/composite.ts';
import type { Decomposition, FreshNames } from '../common/operator.ts';
import { spatialAttribute } from '../common/window.ts';
import { padded, transposed, volumeKernel, weightsAt } from './convolution.ts';
import { isVolume, otherAttributes } from './windows.ts';

interface TransposedAxis {
  readonly input: number;
  /** Of the dilated kernel. */
  readonly extent: number;
  readonly stride: number;
  readonly extra: number;
}

/** How a transposed convolution covers axis `i` of `rank`: what is cut off at both ends, and what is left. */
export type AxisOf = (
  node: NodeView,
  rank: number,
  i: number,
  axis: TransposedAxis,
) => { pads: [number, number]; length: number };

/** As a convolution of three axes: each place of the kernel along depth moves planes to others, which add up. */
export function volumeTransposedConvolution(
  node: NodeView,
  names: FreshNames,
  axisOf: AxisOf,
): Decomposition | undefined {
  if (!isVolume(node)) return undefined;
  const kernel = volumeKernel(node);
  const { name: x, dims } = node.input(0);
  const [n, channels, ...input] = dims as [number, number, ...number[]];
  const read = (name: string, min: number) => spatialAttribute(node, name, 3, min, min);
  const [strides, dilations, extra] = [read('strides', 1), read('dilations', 1), read('output_padding', 0)];
  const axes = [0, 1, 2].map((i) => {
    const extent = dilatedExtent(kernel[i]!, dilations[i]!);
    return axisOf(node, 3, i, { input: input[i]!, extent, stride: strides[i]!, extra: extra[i]! });
  });
  const [depth, height, width] = axes.map(({ length }) => length) as [number, number, number];
  const filters = node.input(1).dims[1]! * node.int('group', 1);
  if (depth < 1) throw node.error('the output size', 'at least 1', depth, 'ERR_INVALID_SHAPE');
  const parts = new Parts(node, names);
  const planes = transposed(
    parts,
    parts.reshape(x, [n, channels, input[0]!, input[1]! * input[2]!]),
    [0, 2, 1, 3],
  );
  const frames = parts.reshape(planes, [n * input[0]!, channels, input[1]!, input[2]!]);
  const pads = [1, 2, 4, 5].map((i) => axes[i % 3]!.pads[i < 3 ? 0 : 1]);
  const attributes = new Map([
    ...otherAttributes(node, ['group']),
    ...Object.entries({ strides, dilations, output_padding: extra }).map(
      ([name, values]) => [name, ints(values.slice(1))] as const,
    ),
    ...(node.has('output_shape')
      ? [['output_shape', ints([height, width])] as const, ...otherAttributes(node, ['auto_pad'])]
      : [['pads', ints(pads)] as const]),
  ]);
  let sum: string | undefined;
  for (let place = 0; place < kernel[0]!; place++) {
    const product = parts.add('ConvTranspose', [frames, weightsAt(node, parts, place)], { attributes });
    const size = filters * height * width;
    const apart = padded(parts, parts.reshape(product, [n, input[0]!, 1, size]), 2, 0, strides[0]! - 1);
    const long = input[0]! * strides[0]!;
    const before = place * dilations[0]! - axes[0]!.pads[0];
    const after = depth - long - before;
    if (before <= -long || after <= -long) continue;
    const moved = padded(parts, parts.reshape(apart, [n, 1, long, size]), 2, before, after);
    sum = sum === undefined ? moved : parts.add('Add', [sum, moved]);
  }
  if (sum === undefined) throw node.error('attribute pads', 'pads that leave a part of the output', pads);
  const volume = transposed(parts, parts.reshape(sum, [n, depth, filters, height * width]), [0, 2, 1, 3]);
  const output = node.node.outputs[0]!;
  const whole = [n, filters, depth, height, width];
  if (!node.hasInput(2)) parts.reshape(volume, whole, output);
  else {
    const bias = parts.reshape(node.input(2).name, [filters, 1, 1]);
    parts.reshape(parts.add('Add', [volume, bias]), whole, output);
  }
  return parts.all;
}
