import type { ConvSpec, Pads, Pair } from '@zeroskip/tensor';
import fc from 'fast-check';

/** A map as the formats take it: C × H × W. */
interface ActivationMap {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

type Geometry = Pick<ConvSpec, 'kernel' | 'strides' | 'dilations' | 'pads'>;

/** NaNs keep their payload only as bits, so data are drawn as bits. */
const SPECIAL_BITS = [
  0x80000000, // -0
  0x7f800000, // infinity
  0xff800000, // -infinity
  0x7fc00000, // quiet NaN
  0xffc12345, // negative NaN with a payload
  0x00000001, // smallest denormal
  0x807fffff, // largest negative denormal
  0x7f7fffff, // largest finite
];

const valueBits = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.float({ noNaN: true }).map((value) => new Uint32Array(Float32Array.of(value).buffer)[0]!),
  },
  { weight: 1, arbitrary: fc.constantFrom(...SPECIAL_BITS) },
);

const pair = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const pad = fc.integer({ min: 0, max: 3 });

const geometries: fc.Arbitrary<Geometry> = fc.record({
  kernel: pair(1, 5),
  strides: pair(1, 4),
  dilations: pair(1, 3),
  pads: fc.tuple(pad, pad, pad, pad) as fc.Arbitrary<Pads>,
});

function fits({ height, width }: ActivationMap, { kernel, dilations, pads }: Geometry): boolean {
  return [height, width].every(
    (extent, axis) => extent + pads[axis]! + pads[axis + 2]! >= (kernel[axis]! - 1) * dilations[axis]! + 1,
  );
}

export function mapsOf(channelCounts: fc.Arbitrary<number>): fc.Arbitrary<ActivationMap> {
  return fc
    .record({
      channels: channelCounts,
      height: fc.integer({ min: 1, max: 11 }),
      width: fc.integer({ min: 1, max: 13 }),
      density: fc.constantFrom(0, 0.1, 0.5, 1),
    })
    .chain(({ channels, height, width, density }) => {
      const size = channels * height * width;
      const element = fc
        .tuple(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), valueBits)
        .map(([chance, bits]) => (chance < density ? bits : 0));
      return fc.array(element, { minLength: size, maxLength: size }).map((bits) => ({
        channels,
        height,
        width,
        data: new Float32Array(Uint32Array.from(bits).buffer),
      }));
    });
}

export interface MapCase {
  readonly map: ActivationMap;
  readonly geometry: Geometry;
}

/** Maps of a few channels with a geometry that fits, strides, dilations and pads of all kinds. */
export const mapCases: fc.Arbitrary<MapCase> = fc
  .record({ map: mapsOf(fc.integer({ min: 1, max: 5 })), geometry: geometries })
  .filter(({ map, geometry }) => fits(map, geometry));

/** The bit patterns of float32 values, copied. */
export function bits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength));
}
