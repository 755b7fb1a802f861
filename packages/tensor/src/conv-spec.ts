import { assertInteger, rangeError, typeError, ZeroskipRangeError } from './errors.ts';

/** Height, then width. */
export type Pair = readonly [number, number];
/** Top, left, bottom, right: ONNX's "all begins, then all ends". */
export type Pads = readonly [number, number, number, number];

/** A 2-D convolution, in ONNX's terms. Weights are `outChannels × inChannels/group × kernel[0] × kernel[1]`. */
export interface ConvSpec {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
  readonly group: number;
}

export type AutoPad = 'NOTSET' | 'SAME_UPPER' | 'SAME_LOWER' | 'VALID';

/** Limits that keep every product of a layer's sizes exact and addressable. */
export const MAX_CHANNELS = 1 << 20;
export const MAX_EXTENT = 1 << 20;
/** Of one layer: 8 GiB of float32. */
export const MAX_WEIGHTS = 2 ** 31 - 1;

function pair(what: string, value: unknown, min: number): Pair {
  if (!Array.isArray(value) || value.length !== 2)
    throw typeError(what, 'two integers [height, width]', value);
  assertInteger(() => `${what}[0]`, value[0], min, MAX_EXTENT);
  assertInteger(() => `${what}[1]`, value[1], min, MAX_EXTENT);
  return [value[0], value[1]];
}

/**
 * Checks a convolution's attributes and fills in ONNX's defaults (strides and dilations 1, pads 0, group 1).
 * @throws coded errors that name the attribute, what was expected and what was received.
 */
export function convSpec(
  attributes: Pick<ConvSpec, 'inChannels' | 'outChannels' | 'kernel'> & Partial<ConvSpec>,
): ConvSpec {
  const { inChannels, outChannels, group = 1, pads = [0, 0, 0, 0] } = attributes;
  assertInteger('inChannels', inChannels, 1, MAX_CHANNELS);
  assertInteger('outChannels', outChannels, 1, MAX_CHANNELS);
  assertInteger('group', group, 1, MAX_CHANNELS);
  if (inChannels % group !== 0) throw rangeError('group', `a divisor of ${inChannels} input channels`, group);
  if (outChannels % group !== 0)
    throw rangeError('group', `a divisor of ${outChannels} output channels`, group);
  if (!Array.isArray(pads) || pads.length !== 4) {
    throw typeError('pads', 'four integers [top, left, bottom, right]', pads);
  }
  for (const [i, pad] of pads.entries()) assertInteger(() => `pads[${i}]`, pad, 0, MAX_EXTENT);
  const spec: ConvSpec = {
    inChannels,
    outChannels,
    group,
    kernel: pair('kernel', attributes.kernel, 1),
    strides: pair('strides', attributes.strides ?? [1, 1], 1),
    dilations: pair('dilations', attributes.dilations ?? [1, 1], 1),
    pads: [...pads] as unknown as Pads,
  };
  const weights = weightCount(spec);
  if (weights > MAX_WEIGHTS) {
    throw rangeError('the convolution', `at most ${MAX_WEIGHTS} weights`, weights, 'ERR_LIMIT_EXCEEDED');
  }
  return spec;
}

/** Number of weights that `spec` takes. */
export function weightCount(spec: ConvSpec): number {
  return spec.outChannels * (spec.inChannels / spec.group) * spec.kernel[0] * spec.kernel[1];
}

/** Extent of a kernel with its dilation: `(k - 1) · d + 1`. */
export function dilatedExtent(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/**
 * Output height and width for an input of `[height, width]`:
 * `floor((in + padBegin + padEnd - ((k - 1) · d + 1)) / s) + 1` (ONNX Conv).
 * @throws `ZeroskipRangeError` when the kernel is larger than the padded input.
 */
export function outputSize(
  spec: Pick<ConvSpec, 'kernel' | 'strides' | 'dilations' | 'pads'>,
  input: Pair,
): [number, number] {
  const size = [0, 1].map((axis) => {
    assertInteger(`input ${axis === 0 ? 'height' : 'width'}`, input[axis], 0, MAX_EXTENT);
    const padded = input[axis]! + spec.pads[axis]! + spec.pads[axis + 2]!;
    const extent = dilatedExtent(spec.kernel[axis]!, spec.dilations[axis]!);
    if (padded < extent) {
      const name = axis === 0 ? 'height' : 'width';
      throw new ZeroskipRangeError(
        `Expected a padded input ${name} of at least ${extent} for a kernel of ${spec.kernel[axis]} with dilation ${spec.dilations[axis]}, received ${padded}.`,
        { code: 'ERR_INVALID_SHAPE', expected: `>= ${extent}`, received: String(padded) },
      );
    }
    return Math.floor((padded - extent) / spec.strides[axis]!) + 1;
  });
  return [size[0]!, size[1]!];
}

/**
 * Pads of `[height, width]` inputs under ONNX's `auto_pad`: none for VALID and NOTSET (explicit pads are the
 * caller's), and for SAME what makes the output `ceil(in / stride)`; SAME_LOWER puts the odd pixel first.
 */
export function autoPads(mode: AutoPad, input: Pair, kernel: Pair, strides: Pair, dilations: Pair): Pads {
  if (mode === 'VALID' || mode === 'NOTSET') return [0, 0, 0, 0];
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') {
    throw rangeError('auto_pad', 'NOTSET, SAME_UPPER, SAME_LOWER or VALID', mode);
  }
  const [begins, ends] = [
    [0, 0],
    [0, 0],
  ];
  for (const axis of [0, 1]) {
    const out = Math.ceil(input[axis]! / strides[axis]!);
    const extent = dilatedExtent(kernel[axis]!, dilations[axis]!);
    const total = Math.max(0, (out - 1) * strides[axis]! + extent - input[axis]!);
    const small = Math.floor(total / 2);
    begins[axis] = mode === 'SAME_LOWER' ? total - small : small;
    ends[axis] = total - begins[axis]!;
  }
  return [begins[0]!, begins[1]!, ends[0]!, ends[1]!];
}
