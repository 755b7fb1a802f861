import { counted, fed, type Operand, type OperatorCase, vector } from '../operator-case.ts';

const SAME = 0;
const VALID = 1;

interface Window {
  readonly padding: number;
  readonly stride: number;
  readonly dilation: number;
}

interface Place {
  readonly out: number;
  readonly before: number;
}

/** Rows or columns of the result, and those of the padding before the map. */
function place(input: number, kernel: number, { padding, stride, dilation }: Window): Place {
  const extent = (kernel - 1) * dilation + 1;
  if (padding === VALID) return { out: Math.floor((input - extent) / stride) + 1, before: 0 };
  const out = Math.ceil(input / stride);
  return { out, before: Math.floor(Math.max((out - 1) * stride + extent - input, 0) / 2) };
}

type Map = readonly [h: number, w: number, c: number];

/** A value of each window of a map: `sum` is given the value under each place of the kernel, undefined outside. */
function overWindows(
  [h, w, c]: Map,
  [kh, kw]: readonly [number, number],
  window: Window,
  channels: number,
  at: (pixel: (y: number, x: number, channel: number) => number | undefined, channel: number) => number,
  x: readonly number[],
): { dims: number[]; values: number[] } {
  const [rows, columns] = [place(h, kh, window), place(w, kw, window)];
  const values: number[] = [];
  for (let i = 0; i < rows.out; i++) {
    for (let j = 0; j < columns.out; j++) {
      const pixel = (y: number, z: number, channel: number) => {
        const [row, column] = [
          i * window.stride - rows.before + y * window.dilation,
          j * window.stride - columns.before + z * window.dilation,
        ];
        const isInside = row >= 0 && row < h && column >= 0 && column < w;
        return isInside ? x[(row * w + column) * c + channel] : undefined;
      };
      for (let channel = 0; channel < channels; channel++) values.push(at(pixel, channel));
    }
  }
  return { dims: [1, rows.out, columns.out, channels], values };
}

const MAP: Map = [5, 4, 2];
const X = counted(MAP);

function convolution(title: string, window: Window, activation: number, groups = 1): OperatorCase {
  const [out, inner] = [4, 2 / groups];
  const dims = [out, 3, 2, inner];
  const w = counted(dims);
  const bias = [1, 2, 3, 4];
  const { dims: result, values } = overWindows(
    MAP,
    [3, 2],
    window,
    out,
    (pixel, m) => {
      let sum = bias[m]!;
      for (let y = 0; y < 3; y++)
        for (let z = 0; z < 2; z++)
          for (let c = 0; c < inner; c++) {
            const from = groups === 1 ? c : Math.floor(m / (out / groups)) * inner + c;
            sum += (pixel(y, z, from) ?? 0) * w[((m * 3 + y) * 2 + z) * inner + c]!;
          }
      return activation === 1 ? Math.max(sum, 0) : activation === 3 ? Math.min(Math.max(sum, 0), 6) : sum;
    },
    X,
  );
  const { padding, stride, dilation } = window;
  return {
    title,
    op: 3,
    options: [
      1,
      [0, 'int8', padding],
      [1, 'int32', stride],
      [2, 'int32', stride],
      [3, 'int8', activation],
      [4, 'int32', dilation],
      [5, 'int32', dilation],
    ],
    operands: [fed([1, ...MAP], X), { dims, values: w }, { dims: [out], values: bias }],
    results: [{ dims: result, values }],
  };
}

function depthwise(title: string, window: Window, multiplier: number): OperatorCase {
  const channels = 2 * multiplier;
  const dims = [1, 3, 2, channels];
  const w = counted(dims);
  const { dims: result, values } = overWindows(
    MAP,
    [3, 2],
    window,
    channels,
    (pixel, m) => {
      let sum = 0;
      for (let y = 0; y < 3; y++)
        for (let z = 0; z < 2; z++)
          sum += (pixel(y, z, Math.floor(m / multiplier)) ?? 0) * w[(y * 2 + z) * channels + m]!;
      return sum;
    },
    X,
  );
  const { padding, stride, dilation } = window;
  return {
    title,
    op: 4,
    options: [
      2,
      [0, 'int8', padding],
      [1, 'int32', stride],
      [2, 'int32', stride],
      [3, 'int32', multiplier],
      [5, 'int32', dilation],
      [6, 'int32', dilation],
    ],
    operands: [fed([1, ...MAP], X), { dims, values: w }],
    results: [{ dims: result, values }],
  };
}

function pooling(title: string, op: number, padding: number): OperatorCase {
  const window = { padding, stride: 2, dilation: 1 };
  const { dims, values } = overWindows(
    MAP,
    [2, 3],
    window,
    2,
    (pixel, c) => {
      const inside = [0, 1]
        .flatMap((y) => [0, 1, 2].map((z) => pixel(y, z, c)))
        .filter((value) => value !== undefined);
      if (op === 17) return Math.max(...inside);
      return inside.reduce((sum, value) => sum + value, 0) / inside.length;
    },
    X,
  );
  return {
    title,
    op,
    options: [5, [0, 'int8', padding], [1, 'int32', 2], [2, 'int32', 2], [3, 'int32', 3], [4, 'int32', 2]],
    operands: [fed([1, ...MAP], X)],
    results: [{ dims, values }],
  };
}

/** Every value of the map times the kernel, added where its places meet. */
function transposed(
  map: Map,
  kernel: number,
  stride: number,
  padding: number,
): { dims: number[]; values: number[]; w: number[] } {
  const [h, width, c] = map;
  const x = counted(map);
  const w = counted([3, kernel, kernel, c]);
  const size = (input: number) => (padding === SAME ? input * stride : (input - 1) * stride + kernel);
  const [rows, columns] = [size(h), size(width)];
  const before = padding === SAME ? Math.floor(Math.max(kernel - stride, 0) / 2) : 0;
  const values = new Array<number>(rows * columns * 3).fill(0);
  for (let i = 0; i < h; i++)
    for (let j = 0; j < width; j++)
      for (let y = 0; y < kernel; y++)
        for (let z = 0; z < kernel; z++) {
          const [row, column] = [i * stride + y - before, j * stride + z - before];
          if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
          for (let m = 0; m < 3; m++)
            for (let k = 0; k < c; k++)
              values[(row * columns + column) * 3 + m]! +=
                x[(i * width + j) * c + k]! * w[((m * kernel + y) * kernel + z) * c + k]!;
        }
  return { dims: [1, rows, columns, 3], values, w };
}

function transposedConvolution(title: string, kernel: number, stride: number, padding: number): OperatorCase {
  const map: Map = [3, 2, 2];
  const { dims, values, w } = transposed(map, kernel, stride, padding);
  return {
    title,
    op: 67,
    options: [49, [0, 'int8', padding], [1, 'int32', stride], [2, 'int32', stride]],
    operands: [vector(dims), { dims: [3, kernel, kernel, 2], values: w }, fed([1, ...map])],
    results: [{ dims, values }],
  };
}

function mediaPipeTransposed(): OperatorCase {
  const map: Map = [3, 2, 2];
  const { dims, values, w } = transposed(map, 2, 2, SAME);
  const bias: Operand = { dims: [3], values: [1, 2, 3] };
  return {
    title: 'Convolution2DTransposeBias of MediaPipe',
    op: 'Convolution2DTransposeBias',
    custom: new Uint8Array(Int32Array.of(1, 2, 2).buffer),
    operands: [fed([1, ...map]), { dims: [3, 2, 2, 2], values: w }, bias],
    results: [{ dims, values: values.map((value, i) => value + 1 + (i % 3)) }],
  };
}

function volume(): OperatorCase {
  const [x, w] = [counted([1, 2, 3, 3, 1]), counted([2, 2, 2, 1, 1])];
  const values: number[] = [];
  for (let i = 0; i < 2; i++)
    for (let j = 0; j < 2; j++) {
      let sum = 0;
      for (let d = 0; d < 2; d++)
        for (let y = 0; y < 2; y++)
          for (let z = 0; z < 2; z++) sum += x[(d * 3 + i + y) * 3 + j + z]! * w[(d * 2 + y) * 2 + z]!;
      values.push(sum);
    }
  return {
    title: 'CONV_3D',
    op: 132,
    options: [106, [0, 'int8', VALID], [1, 'int32', 1], [2, 'int32', 1], [3, 'int32', 1]],
    operands: [fed([1, 2, 3, 3, 1], x), { dims: [2, 2, 2, 1, 1], values: w }],
    results: [{ dims: [1, 1, 2, 2, 1], values }],
  };
}

function localResponse(): OperatorCase {
  const x = [1, 2, 3, 4];
  const sum = (c: number) =>
    x.reduce((total, value, i) => total + (Math.abs(i - c) <= 1 ? value * value : 0), 0);
  return {
    title: 'LOCAL_RESPONSE_NORMALIZATION',
    op: 13,
    options: [13, [0, 'int32', 1], [1, 'float32', 2], [2, 'float32', 0.5], [3, 'float32', 0.75]],
    operands: [fed([1, 1, 1, 4], x)],
    results: [{ dims: [1, 1, 1, 4], values: x.map((value, c) => value / (2 + 0.5 * sum(c)) ** 0.75) }],
  };
}

const once = { stride: 1, dilation: 1 };

export const mapCases: readonly OperatorCase[] = [
  convolution('CONV_2D, SAME, with RELU', { padding: SAME, ...once }, 1),
  convolution('CONV_2D, VALID, with strides and RELU6', { padding: VALID, stride: 2, dilation: 1 }, 3),
  convolution('CONV_2D, SAME, with dilations', { padding: SAME, stride: 1, dilation: 2 }, 0),
  convolution('CONV_2D in groups', { padding: SAME, ...once }, 0, 2),
  depthwise('DEPTHWISE_CONV_2D', { padding: SAME, ...once }, 1),
  depthwise('DEPTHWISE_CONV_2D with a multiplier and strides', { padding: SAME, stride: 2, dilation: 1 }, 2),
  depthwise('DEPTHWISE_CONV_2D with dilations', { padding: SAME, stride: 1, dilation: 2 }, 1),
  transposedConvolution('TRANSPOSE_CONV, SAME', 3, 2, SAME),
  transposedConvolution('TRANSPOSE_CONV, VALID', 3, 2, VALID),
  transposedConvolution('TRANSPOSE_CONV with strides above its kernel', 2, 3, SAME),
  mediaPipeTransposed(),
  volume(),
  pooling('MAX_POOL_2D, SAME', 17, SAME),
  pooling('AVERAGE_POOL_2D, SAME, of what is inside', 1, SAME),
  pooling('AVERAGE_POOL_2D, VALID', 1, VALID),
  localResponse(),
];
