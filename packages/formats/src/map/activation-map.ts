import {
  assertInteger,
  type ConvSpec,
  convSpec,
  isTypedArray,
  MAX_CHANNELS,
  MAX_EXTENT,
  outputSize,
  type Pair,
  rangeError,
  typeError,
} from '@zeroskip/tensor';

/** Channels, height and width of one image's map, before padding. */
export interface MapShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** One image's activations: `data` is float32, channel by channel, row by row (C × H × W). */
export interface ActivationMap extends MapShape {
  readonly data: Float32Array;
}

/** How a convolution reads a map. Pads are top, left, bottom, right. */
export type Geometry = Pick<ConvSpec, 'kernel' | 'strides' | 'dilations' | 'pads'>;

/** A geometry in which only the kernel must be given: strides and dilations are 1, pads 0 unless told. */
export type GeometryInput = Pick<Geometry, 'kernel'> & Partial<Geometry>;

/** 1 GiB of float32: a header that claims more is damaged or hostile. */
export const MAX_MAP_ELEMENTS = 2 ** 28;
/** With its padding, which no format stores but all of them number. */
const MAX_PADDED_ELEMENTS = 2 ** 30;
/** Kernel extent × padded extent of one axis: bounds the work of finding which outputs read a column. */
const MAX_AXIS_READS = 2 ** 26;

/** @throws coded errors for sizes that are not positive integers or whose product passes the limit. */
export function checkShape({ channels, height, width }: MapShape): MapShape {
  assertInteger('channels', channels, 1, MAX_CHANNELS);
  assertInteger('height', height, 1, MAX_EXTENT);
  assertInteger('width', width, 1, MAX_EXTENT);
  const elements = channels * height * width;
  if (elements > MAX_MAP_ELEMENTS) {
    throw rangeError('the map', `at most ${MAX_MAP_ELEMENTS} elements`, elements, 'ERR_LIMIT_EXCEEDED');
  }
  return { channels, height, width };
}

/** @throws coded errors for a wrong shape, or data that are not a Float32Array of its size. */
export function checkMap(map: ActivationMap): ActivationMap {
  const shape = checkShape(map);
  if (!isTypedArray(map.data, 'Float32Array')) throw typeError('the map data', 'a Float32Array', map.data);
  const size = shape.channels * shape.height * shape.width;
  if (map.data.length !== size) {
    throw rangeError('the map data', `${size} values`, map.data.length, 'ERR_INVALID_SHAPE');
  }
  return { ...shape, data: map.data };
}

/**
 * The geometry with its defaults filled in.
 * @throws coded errors for attributes out of range, a kernel larger than the padded map, or a padded map past
 *   the limits.
 */
export function checkGeometry(shape: MapShape, geometry: GeometryInput): Geometry {
  const { kernel, strides, dilations, pads } = convSpec({
    ...geometry,
    inChannels: 1,
    outChannels: 1,
    group: 1,
  });
  const [paddedHeight, paddedWidth] = paddedSize(shape, { pads });
  const padded = shape.channels * paddedHeight * paddedWidth;
  if (padded > MAX_PADDED_ELEMENTS) {
    throw rangeError(
      'the padded map',
      `at most ${MAX_PADDED_ELEMENTS} elements`,
      padded,
      'ERR_LIMIT_EXCEEDED',
    );
  }
  const reads = Math.max(paddedHeight * kernel[0], paddedWidth * kernel[1]);
  if (reads > MAX_AXIS_READS) {
    throw rangeError(
      'kernel extent × padded extent',
      `at most ${MAX_AXIS_READS}`,
      reads,
      'ERR_LIMIT_EXCEEDED',
    );
  }
  outputSize({ kernel, strides, dilations, pads }, [shape.height, shape.width]);
  return { kernel, strides, dilations, pads };
}

export function paddedSize(shape: MapShape, { pads }: Pick<Geometry, 'pads'>): Pair {
  return [shape.height + pads[0] + pads[2], shape.width + pads[1] + pads[3]];
}

/** The bit patterns of float32 values, sharing their memory. Copying bits keeps the payload of a NaN. */
export function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** Clears the sign: a value is a zero, of either sign, when nothing else is set. */
export const MAGNITUDE = 0x7fffffff;
