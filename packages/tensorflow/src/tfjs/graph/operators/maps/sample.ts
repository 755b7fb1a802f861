import { int } from '@zeroskip/onnx';
import type { GraphBuilder } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import type { TensorValue } from '../../value.ts';
import { partsOf } from '../parts.ts';

/** ONNX's number of float64: places are computed in it, as TensorFlow.js does. */
const DOUBLE = 11;

export const doubles = (name: string, value: string, builder: GraphBuilder) =>
  builder.node(name, 'Cast', [value], { to: int(DOUBLE) });

export interface Sampler {
  /** Rows and columns of a map, as float64. */
  readonly height: string;
  readonly width: string;
  /**
   * Pixels of a map.
   * @param image which of its images, as int64
   * @param row in float64, as is `column`; they broadcast to one another
   */
  pixels(image: string, row: string, column: string): string;
}

/** Reads pixels of a map whose channels come last. */
export function sampler({ name }: TfNode, value: TensorValue, builder: GraphBuilder): Sampler {
  const { node, int64s } = partsOf(name, builder);
  const map = builder.modelOrder(value).name;
  const dims = node('dims', 'Shape', [map]);
  const of = (axis: number) => node('size', 'Gather', [dims, builder.scalar(`${name}/axis`, 'int64', axis)]);
  const [height, width] = [of(1), of(2)];
  const channels = node('channels', 'Gather', [dims, int64s('last', 3)]);
  const flatDims = node('flatDims', 'Concat', [int64s('pixels', -1), channels], { axis: int(0) });
  const flat = node('flat', 'Reshape', [map, flatDims]);
  const whole = (value_: string) => builder.cast(`${name}/whole`, value_, 'int64');
  return {
    height: doubles(`${name}/height`, height, builder),
    width: doubles(`${name}/width`, width, builder),
    pixels(image, row, column) {
      const rows = node('rows', 'Add', [node('image', 'Mul', [image, height]), whole(row)]);
      const places = node('places', 'Add', [node('row', 'Mul', [rows, width]), whole(column)]);
      return node('taken', 'Gather', [flat, places]);
    },
  };
}

/** Between `a` and `b`: the share `by` of the way. */
export function between(name: string, a: string, b: string, by: string, builder: GraphBuilder): string {
  const { node } = partsOf(name, builder);
  const way = node('way', 'Mul', [node('difference', 'Sub', [b, a]), by]);
  return node('between', 'Add', [a, way]);
}
