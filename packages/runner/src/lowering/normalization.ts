import type { InputValue } from '@zeroskip/onnx';
import type { Lowering } from './lowering.ts';
import { densePlace, type MapShape, type Place } from './place.ts';

interface Normalization {
  /** Of the means: 1 along the axes that these are taken over. */
  readonly shape: MapShape;
  readonly epsilon: number;
  /** Whether the mean is subtracted. */
  readonly centred: boolean;
  readonly scale: Place;
  readonly bias?: Place | undefined;
}

/** A value as one map of `channels` channels, or undefined where it has another size. */
export function asChannels(lowering: Lowering, value: InputValue, channels: number): Place | undefined {
  if (value.type !== 'float32' || value.dims.reduce((size, dim) => size * dim, 1) !== channels)
    return undefined;
  const rows = lowering.values.rows(value.name);
  return densePlace(rows.region, { n: 1, h: 1, w: 1, c: channels }, rows.offset);
}

/** Emits (x - mean) / sqrt(mean((x - mean)²) + epsilon) · scale + bias, or the same without the mean. */
export function emitNormalization(
  lowering: Lowering,
  x: Place,
  output: Place,
  { shape, epsilon, centred, scale, bias }: Normalization,
): void {
  const [mean, variance, factor] = [0, 1, 2].map(() => lowering.temporary(shape)) as [Place, Place, Place];
  const squares = lowering.temporary(x);
  if (centred) lowering.emitReduction('mean', x, mean);
  const centre = centred ? [mean] : [];
  const subtract = centred ? ([{ function: 'sub', a: 0, b: 1 }] as const) : [];
  const first = 2 * centre.length;
  lowering.emit({
    op: 'elementwise',
    inputs: [x, ...centre],
    code: [...subtract, { function: 'mul', a: first, b: first }],
    output: squares,
  });
  lowering.emitReduction('mean', squares, variance);
  const numbers = [epsilon, 1].map((value) => lowering.perChannel(Float32Array.of(value))) as [Place, Place];
  lowering.emit({
    op: 'elementwise',
    inputs: [variance, ...numbers],
    code: [
      { function: 'add', a: 0, b: 1 },
      { function: 'sqrt', a: 3 },
      { function: 'div', a: 2, b: 4 },
    ],
    output: factor,
  });
  const inputs = [x, ...centre, factor, scale, ...(bias ? [bias] : [])];
  const [by, scaledBy, plus] = [1, 2, 3].map((i) => i + centre.length) as [number, number, number];
  const values = inputs.length;
  const scaled = values + subtract.length;
  lowering.emit({
    op: 'elementwise',
    inputs,
    code: [
      ...subtract,
      { function: 'mul', a: centred ? values : 0, b: by },
      { function: 'mul', a: scaled, b: scaledBy },
      ...(bias ? ([{ function: 'add', a: scaled + 1, b: plus }] as const) : []),
    ],
    output,
  });
}
