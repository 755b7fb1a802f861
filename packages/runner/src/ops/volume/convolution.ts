import { type AttributeValue, int, type NodeView, string } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { Parts } from '../common/composite.ts';
import type { Decomposition, FreshNames } from '../common/operator.ts';
import { isVolume, otherAttributes, volumeOutput, volumeWindow, windowAttributes } from './windows.ts';

const vector = (parts: Parts, values: readonly number[]) =>
  parts.constant(new Tensor('int64', values.map(BigInt)));

/** Kernel extents from weights of five axes. */
export function volumeKernel(node: NodeView): number[] {
  const { dims } = node.input(1);
  if (dims.length !== 5) throw node.error('rank of the weights', '5', dims.length, 'ERR_INVALID_SHAPE');
  const kernel = dims.slice(2);
  const declared = node.ints('kernel_shape');
  if (declared && declared.join() !== kernel.join())
    throw node.error('attribute kernel_shape', `the weights' [${kernel.join(', ')}]`, declared);
  if (kernel.some((extent) => extent < 1))
    throw node.error('dims of the weights', 'at least 1', dims, 'ERR_INVALID_SHAPE');
  return kernel;
}

/** The weights of one place along depth. */
export function weightsAt(node: NodeView, parts: Parts, place: number): string {
  const index = parts.scalar('int64', place);
  return parts.add('Gather', [node.input(1).name, index], { attributes: new Map([['axis', int(2)]]) });
}

/** With zeros added before and after axis `axis`, or elements removed; itself where there is nothing to do. */
export function padded(parts: Parts, x: string, axis: number, before: number, after: number): string {
  if (before === 0 && after === 0) return x;
  const attributes = new Map([['mode', string('constant')]]);
  return parts.add('Pad', [x, vector(parts, [before, after]), '', vector(parts, [axis])], { attributes });
}

export function transposed(parts: Parts, x: string, perm: readonly number[], output?: string): string {
  const attributes = new Map<string, AttributeValue>([
    ['perm', { kind: 'ints', value: BigInt64Array.from(perm, BigInt) }],
  ]);
  return parts.add('Transpose', [x], { attributes, ...(output !== undefined && { output }) });
}

/**
 * A convolution of three axes is a sum of convolutions of planes: one for each place of the kernel along depth, of all
 * planes that it meets.
 */
export function volumeConvolution(node: NodeView, names: FreshNames): Decomposition | undefined {
  if (!isVolume(node)) return undefined;
  const kernel = volumeKernel(node);
  const window = volumeWindow(node, kernel);
  const [depth, height, width] = volumeOutput(node, window);
  const { name: x, dims } = node.input(0);
  const [n, channels, d, h, w] = dims as [number, number, number, number, number];
  const [filters] = node.input(1).dims as [number];
  const { pads, strides, dilations } = window.depth;
  const parts = new Parts(node, names);
  const columns = padded(parts, parts.reshape(x, [n, channels, d, h * w]), 2, pads[0], pads[2]);
  const whole = transposed(parts, columns, [0, 2, 1, 3]);
  const attributes = new Map([...windowAttributes(window.plane), ...otherAttributes(node, ['group'])]);
  let sum: string | undefined;
  for (let place = 0; place < kernel[0]!; place++) {
    const start = place * dilations[0];
    const end = start + (depth - 1) * strides[0] + 1;
    const bounds = [[start], [end], [1], [strides[0]]].map((values) => vector(parts, values));
    const met = parts.reshape(parts.add('Slice', [whole, ...bounds]), [n * depth, channels, h, w]);
    const bias = place === 0 && node.hasInput(2) ? [node.input(2).name] : [];
    const product = parts.add('Conv', [met, weightsAt(node, parts, place), ...bias], { attributes });
    sum = sum === undefined ? product : parts.add('Add', [sum, product]);
  }
  const planes = parts.reshape(sum!, [n, depth, filters, height * width]);
  parts.reshape(
    transposed(parts, planes, [0, 2, 1, 3]),
    [n, filters, depth, height, width],
    node.node.outputs[0]!,
  );
  return parts.all;
}
