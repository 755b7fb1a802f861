import { int, ints, string } from '@zeroskip/onnx';
import type { Attributes } from '../../../emitter.ts';
import { type GraphBuilder, row, type Translate, type Translations } from '../../builder.ts';
import { partsOf } from '../parts.ts';
import { filterDims, result } from './convolution.ts';

/** Rows and columns of the filters with what stands between their elements, and of the strides. */
interface Geometry {
  readonly extents: readonly number[];
  readonly strides: readonly number[];
  readonly isSame: boolean;
}

/** All that the filters reach, and as much behind it as sizes may ask for; then the part that they ask for. */
function cut(
  name: string,
  operands: readonly [input: string, weights: string],
  { extents, strides, isSame }: Geometry,
  attributes: Attributes,
  sizes: string,
  builder: GraphBuilder,
): string {
  const { node, int64s } = partsOf(name, builder);
  const beyond = ints(strides.map((stride) => stride - 1));
  const whole = node('whole', 'ConvTranspose', operands, { ...attributes, output_padding: beyond });
  const inputs = node('inputs', 'Shape', [operands[0]], { start: int(2) });
  const steps = node('steps', 'Sub', [inputs, int64s('one', 1, 1)]);
  const scaled = node('scaled', 'Mul', [steps, int64s('strides', ...strides)]);
  const reach = node('reach', 'Add', [scaled, int64s('extents', ...extents)]);
  const more = node('more', 'Max', [node('rest', 'Sub', [reach, sizes]), int64s('none', 0, 0)]);
  const starts = isSame ? node('starts', 'Div', [more, int64s('two', 2, 2)]) : int64s('starts', 0, 0);
  const ends = node('ends', 'Add', [starts, sizes]);
  return node('cut', 'Slice', [whole, starts, ends, int64s('axes', 2, 3)]);
}

const transposed: Translate = (node, [given, filters, gradient], builder) => {
  const input = builder.map(node, gradient!);
  const [kh, kw] = filterDims(node, filters!);
  const strides = node.rowsAndColumns('strides');
  const dilations = node.rowsAndColumns('dilations');
  const extents = [kh, kw].map((size, axis) => (size - 1) * dilations[axis]! + 1);
  const isSame = node.choice('padding', ['SAME', 'VALID']) === 'SAME';
  const weights = builder.permuted(filters!.name, [3, 2, 0, 1]);
  const operands = [input.name, weights] as const;
  const attributes = { strides: ints(strides), dilations: ints(dilations) };
  const fixed = (sizes: readonly number[]): Attributes => ({
    ...attributes,
    output_shape: ints(sizes),
    auto_pad: string('SAME_UPPER'),
  });
  if (given!.constant) {
    const sizes = builder.integers(node, given, 'input_sizes');
    const own = node.channelsLast ? sizes.slice(-3, -1) : sizes.slice(-2);
    return result(input, builder.node(node.name, 'ConvTranspose', operands, fixed(own)));
  }
  const { node: part, int64s } = partsOf(node.name, builder);
  const dims = builder.wideVector(given!);
  const sizes = part('sizes', 'Gather', [dims, int64s('axes', ...(node.channelsLast ? [-3, -2] : [-2, -1]))]);
  const name = cut(node.name, operands, { extents, strides, isSame }, attributes, sizes, builder);
  // Where the sizes are not those of a convolution of the input, this Reshape is an error.
  const order = int64s('order', ...(node.channelsLast ? [0, 3, 1, 2] : [0, 1, 2, 3]));
  const output = builder.node(node.name, 'Reshape', [name, part('dims', 'Gather', [dims, order])]);
  builder.fitted.push({
    input: input.name,
    output,
    sizes,
    extents,
    strides,
    isSame,
    operands,
    attributes: fixed,
  });
  return result(input, output);
};

export const transposedConvolutions: Translations = {
  Conv2DBackpropInput: row(3, transposed),
};
