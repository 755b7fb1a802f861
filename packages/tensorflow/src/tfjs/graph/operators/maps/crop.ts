import { constantFrom, int } from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { type GraphBuilder, row, type Translate, type Translations } from '../../builder.ts';
import type { TfNode } from '../../node.ts';
import { partsOf } from '../parts.ts';
import { between, doubles, sampler } from './sample.ts';

interface Axis {
  /** From which place each pixel is taken, by boxes and pixels along the axis. */
  readonly places: string;
  /** Whether it is inside the map. */
  readonly isInside: string;
}

/** Columns of the boxes: where they begin and end along an axis. */
const ENDS = { height: [0, 2], width: [1, 3] } as const;

class Crop {
  readonly #name: string;
  readonly #builder: GraphBuilder;

  constructor({ name }: TfNode, builder: GraphBuilder) {
    this.#name = name;
    this.#builder = builder;
  }

  node = (what: string, opType: string, inputs: readonly string[], attributes = {}) =>
    this.#builder.node(`${this.#name}/${what}`, opType, inputs, attributes);

  double = (values: readonly number[], dims: readonly number[] = []) =>
    this.#builder.emitter.constant(
      `${this.#name}/double`,
      constantFrom(new Tensor('float64', Float64Array.from(values), dims)),
    );

  /** Where `count` pixels of each box lie along one axis of `size` pixels. */
  axis(boxes: string, which: keyof typeof ENDS, count: number, size: string): Axis {
    const column = (index: number) =>
      this.node('end', 'Gather', [boxes, this.#builder.int64s(`${this.#name}/column`, [index])], {
        axis: int(1),
      });
    const [begin, end] = ENDS[which].map(column) as [string, string];
    const last = this.node('last', 'Sub', [size, this.double([1])]);
    const places = this.#places(begin, end, last, count);
    const isInside = this.node('inside', 'And', [
      this.node('behind', 'GreaterOrEqual', [places, this.double([0])]),
      this.node('before', 'LessOrEqual', [places, last]),
    ]);
    return {
      places: this.node('clipped', 'Max', [this.node('least', 'Min', [places, last]), this.double([0])]),
      isInside,
    };
  }

  /** One pixel is taken from the middle. */
  #places(begin: string, end: string, last: string, count: number): string {
    if (count === 1) {
      const middle = this.node('middle', 'Mul', [this.node('sum', 'Add', [begin, end]), this.double([0.5])]);
      return this.node('places', 'Mul', [middle, last]);
    }
    const span = this.node('span', 'Mul', [this.node('extent', 'Sub', [end, begin]), last]);
    const step = this.node('step', 'Div', [span, this.double([count - 1])]);
    const numbers = this.double(
      Array.from({ length: count }, (_, at) => at),
      [1, count],
    );
    const first = this.node('first', 'Mul', [begin, last]);
    return this.node('places', 'Add', [first, this.node('offsets', 'Mul', [numbers, step])]);
  }

  /** With axes for the other axis of the map, or for channels. */
  widened = (value: string, axes: readonly number[]) =>
    this.node('widened', 'Unsqueeze', [value, this.#builder.int64s(`${this.#name}/axes`, axes)]);

  float = (value: string) => this.#builder.cast(`${this.#name}/float`, value, 'float32');
}

const cropAndResize: Translate = (target, [image, boxes, which, size], builder) => {
  const [height, width] = builder.integers(target, size, 'the crop size') as [number, number];
  if (!(height > 0 && width > 0)) throw target.error('the crop size', 'two sizes from 1', [height, width]);
  const method = target.choice('method', ['bilinear', 'nearest']);
  const crop = new Crop(target, builder);
  const map = sampler(target, image!, builder);
  const corners = doubles(`${target.name}/boxes`, boxes!.name, builder);
  const rows = crop.axis(corners, 'height', height, map.height);
  const columns = crop.axis(corners, 'width', width, map.width);
  const images = crop.widened(builder.wide(which!).name, [1, 2]);
  const y = crop.widened(rows.places, [2]);
  const x = crop.widened(columns.places, [1]);
  const at = (what: 'Floor' | 'Ceil', place: string) => crop.node('pixel', what, [place]);
  let pixels: string;
  if (method === 'nearest') {
    const nearest = (place: string) => at('Floor', crop.node('half', 'Add', [place, crop.double([0.5])]));
    pixels = map.pixels(images, nearest(y), nearest(x));
  } else {
    const share = (place: string) =>
      crop.widened(crop.float(crop.node('share', 'Sub', [place, at('Floor', place)])), [3]);
    const line = (side: 'Floor' | 'Ceil') =>
      between(
        target.name,
        map.pixels(images, at(side, y), at('Floor', x)),
        map.pixels(images, at(side, y), at('Ceil', x)),
        share(x),
        builder,
      );
    pixels = between(target.name, line('Floor'), line('Ceil'), share(y), builder);
  }
  const isInside = crop.node('both', 'And', [
    crop.widened(rows.isInside, [2, 3]),
    crop.widened(columns.isInside, [1, 3]),
  ]);
  const outside = builder.scalar(`${target.name}/outside`, 'float32', target.float('extrapolation_value'));
  const { node } = partsOf(target.name, builder);
  const floats = target.type('T', 'float32') === 'float32' ? pixels : crop.float(pixels);
  return builder.plain(node('crops', 'Where', [isInside, floats, outside]), 4);
};

export const crops: Translations = {
  CropAndResize: row(4, cropAndResize),
};
