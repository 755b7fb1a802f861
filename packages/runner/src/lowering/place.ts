import { type View, viewStrides } from '@zeroskip/kernels';
import type { ElementType } from '@zeroskip/tensor';

/** A range of the arena whose position the memory plan decides. */
export interface Region {
  readonly floats: number;
}

/** Types of maps of 8-bit integers. */
type ByteType = 'uint8' | 'int8';

export function isByte(type: ElementType): type is ByteType {
  return type === 'uint8' || type === 'int8';
}

/** Whether native steps have a type's values as floats: a bool is 0 or 1. */
export function isInFloats(type: ElementType): boolean {
  return type === 'float32' || type === 'bool';
}

const FLOAT_BYTES = 4;

/** Native products read integers in steps of 4 bytes, so that up to 3 behind the last one are read. */
export function newRegion(elements: number, element: ByteType | undefined): Region {
  return { floats: element ? Math.ceil((elements + FLOAT_BYTES - 1) / FLOAT_BYTES) : elements };
}

/** Floats under the integers of a dense place, where these begin with a float. */
export function asFloats({ region, offset, n, h, w, c }: Place): Place | undefined {
  if (offset % FLOAT_BYTES !== 0) return undefined;
  const floats = Math.ceil((n * h * w * c) / FLOAT_BYTES);
  return densePlace(region, { n: 1, h: 1, w: 1, c: floats }, offset / FLOAT_BYTES);
}

/** Elements from the start of an arena, where the place's region begins at float `start`. */
export function offsetFrom({ offset, element }: Place, start: number): number {
  return offset + start * (element ? FLOAT_BYTES : 1);
}

/**
 * A channels-last map: `offset` counts from the start of `region`, or of the constants where there is none.
 * Row-major values are maps too, with their last axis as channels.
 */
export interface Place extends View {
  readonly region: Region | undefined;
}

/** Sizes of a channels-last map. */
export interface MapShape {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
}

/** How a tensor's axes become a map's: channels last, or row-major. */
export type Order = 'channelsLast' | 'rowMajor';

type AxisGroups = Readonly<Record<keyof MapShape, readonly number[]>>;

/** By order and rank. */
const known: Readonly<Record<Order, AxisGroups[]>> = { channelsLast: [], rowMajor: [] };

/** The tensor axes that make up n, h, w and c. */
function axisGroups(rank: number, order: Order): AxisGroups {
  known[order][rank] ??= groupAxes(rank, order);
  return known[order][rank];
}

function groupAxes(rank: number, order: Order): AxisGroups {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  if (order === 'rowMajor') {
    return { n: axes.slice(0, -3), h: axes.slice(-3, -2), w: axes.slice(-2, -1), c: axes.slice(-1) };
  }
  if (rank < 2) return { n: [], h: [], w: [], c: axes };
  return { n: [0], c: [1], h: axes.slice(2, -1), w: rank > 2 ? [rank - 1] : [] };
}

export function mapShape(dims: readonly number[], order: Order): MapShape {
  const groups = axisGroups(dims.length, order);
  const size = (axes: readonly number[]) => axes.reduce((product, axis) => product * dims[axis]!, 1);
  return { n: size(groups.n), h: size(groups.h), w: size(groups.w), c: size(groups.c) };
}

/** `dims` under the rank of `out`, with leading ones. */
export function aligned(dims: readonly number[], rank: number): number[] {
  return [...new Array<number>(rank - dims.length).fill(1), ...dims];
}

/** Whether an operand of aligned `dims` broadcasts to `out` map axis by map axis. */
export function broadcastsByMapAxis(dims: readonly number[], out: readonly number[], order: Order): boolean {
  return Object.values(axisGroups(out.length, order)).every(
    (axes) => axes.every((axis) => dims[axis] === out[axis]) || axes.every((axis) => dims[axis] === 1),
  );
}

export function densePlace(
  region: Region | undefined,
  shape: MapShape,
  offset = 0,
  element?: ByteType | undefined,
): Place {
  const { n, h, w, c } = shape;
  return {
    region,
    ...{ offset, n, h, w, c },
    pixelStride: c,
    ...(element && { element }),
    ...(region ? {} : { constant: true }),
  };
}

/** The elements from the start of `place` on, without gaps, under another shape. */
export function reshaped({ region, offset, element }: Place, shape: MapShape): Place {
  return densePlace(region, shape, offset, element);
}

/** Whether pixels follow each other evenly, from row to row and from image to image, too. */
function isEven({ rowStride, imageStride }: Place): boolean {
  return rowStride === undefined && imageStride === undefined;
}

export function isDense(place: Place): boolean {
  return (place.pixelStride === place.c && isEven(place)) || place.n * place.h * place.w <= 1;
}

/** A map's pixels in other numbers of images, rows and columns; undefined where they are not even. */
export function regrouped(place: Place, { n, h, w }: Omit<MapShape, 'c'>): Place | undefined {
  if (place.n === n && place.h === h && place.w === w) return place;
  return isEven(place) ? { ...place, n, h, w } : undefined;
}

/** Whether a value has the same order in memory as a row-major tensor and as a channels-last map. */
export function sameInBothOrders(shape: MapShape): boolean {
  return shape.c === 1 || shape.h * shape.w === 1;
}

export function samePlace(a: Place, b: Place): boolean {
  return (
    a.region === b.region &&
    a.offset === b.offset &&
    a.pixelStride === b.pixelStride &&
    a.rowStride === b.rowStride &&
    a.imageStride === b.imageStride &&
    a.constant === b.constant &&
    a.element === b.element &&
    a.scale === b.scale &&
    a.zero === b.zero
  );
}

export function sameMap(a: MapShape, b: MapShape): boolean {
  return a.n === b.n && a.h === b.h && a.w === b.w && a.c === b.c;
}

/** Start and length of a range; every element of it, or one in `step`. */
type Range = readonly [start: number, length: number, step?: number];

/** Ranges along n, h, w and c. */
export interface SubMap {
  readonly n: Range;
  readonly h: Range;
  readonly w: Range;
  readonly c: readonly [start: number, length: number];
}

/** A part of a map as a map. Strides that follow from the others are left out. */
export function subPlace(place: Place, part: SubMap): Place {
  const [[n0, n, nStep = 1], [h0, h, hStep = 1], [w0, w, wStep = 1], [c0, c]] = [
    part.n,
    part.h,
    part.w,
    part.c,
  ];
  const { region, constant, element } = place;
  const whole = viewStrides(place);
  const offset = place.offset + n0 * whole.imageStride + h0 * whole.rowStride + w0 * place.pixelStride + c0;
  const [image, row] = [whole.imageStride * nStep, whole.rowStride * hStep];
  // A single pixel of a row or image may be as far from its neighbour as these are.
  const pixelStride = w > 1 ? place.pixelStride * wStep : h > 1 ? row : image;
  const rowStride = h > 1 && row !== w * pixelStride ? row : undefined;
  const imageStride = n > 1 && image !== h * (rowStride ?? w * pixelStride) ? image : undefined;
  return {
    region,
    ...(constant && { constant }),
    ...(element && { element }),
    ...{ offset, n, h, w, c, pixelStride },
    ...(rowStride !== undefined && { rowStride }),
    ...(imageStride !== undefined && { imageStride }),
  };
}

/** The tensor axis behind each map axis of a channels-last map; undefined where several axes are. */
export function singleAxes(rank: number): Partial<Record<keyof MapShape, number>> | undefined {
  const groups = axisGroups(rank, 'channelsLast');
  if (groups.h.length > 1) return undefined;
  const single: Partial<Record<keyof MapShape, number>> = {};
  for (const key of ['n', 'h', 'w', 'c'] as const)
    if (groups[key].length === 1) single[key] = groups[key][0]!;
  return single;
}
