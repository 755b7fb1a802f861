import { float16ToFloat32, float32ToFloat16 } from './float16.ts';

/** Floats of less than 32 bits, which tensors hold as bit patterns, one of them per element. */
export type NarrowFloat =
  | 'float16'
  | 'bfloat16'
  | 'float8e4m3fn'
  | 'float8e4m3fnuz'
  | 'float8e5m2'
  | 'float8e5m2fnuz'
  | 'float8e8m0'
  | 'float4e2m1';

/** How a float of at most 8 bits is made: sign, exponent, fraction. */
interface Format {
  readonly fractionBits: number;
  readonly bias: number;
  readonly signBit: number;
  /** Bits of the largest finite value. */
  readonly largest: number;
  readonly infinity?: number;
  readonly notANumber?: number;
  /** Whether -0 is what would be its bits. */
  readonly hasNegativeZero: boolean;
}

const FORMATS: Readonly<Record<Exclude<NarrowFloat, 'float16' | 'bfloat16' | 'float8e8m0'>, Format>> = {
  float8e4m3fn: {
    fractionBits: 3,
    bias: 7,
    signBit: 0x80,
    largest: 0x7e,
    notANumber: 0x7f,
    hasNegativeZero: true,
  },
  float8e4m3fnuz: {
    fractionBits: 3,
    bias: 8,
    signBit: 0x80,
    largest: 0x7f,
    notANumber: 0x80,
    hasNegativeZero: false,
  },
  float8e5m2: {
    fractionBits: 2,
    bias: 15,
    signBit: 0x80,
    largest: 0x7b,
    infinity: 0x7c,
    notANumber: 0x7e,
    hasNegativeZero: true,
  },
  float8e5m2fnuz: {
    fractionBits: 2,
    bias: 16,
    signBit: 0x80,
    largest: 0x7f,
    notANumber: 0x80,
    hasNegativeZero: false,
  },
  // Without bits for a NaN, which becomes -0.
  float4e2m1: { fractionBits: 1, bias: 1, signBit: 0x8, largest: 0x7, hasNegativeZero: true },
};

type SmallFloat = keyof typeof FORMATS;

export function isNarrowFloat(type: string): type is NarrowFloat {
  return type === 'float16' || type === 'bfloat16' || type === 'float8e8m0' || Object.hasOwn(FORMATS, type);
}

/** A finite magnitude by its bits; also the one that would follow the largest. */
function magnitude({ fractionBits, bias }: Format, bits: number): number {
  const [exponent, fraction] = [bits >> fractionBits, bits % 2 ** fractionBits];
  if (exponent === 0) return fraction * 2 ** (1 - bias - fractionBits);
  return (1 + fraction / 2 ** fractionBits) * 2 ** (exponent - bias);
}

function decoded(format: Format, bits: number): number {
  const { signBit, largest, infinity, notANumber } = format;
  const own = bits % signBit;
  if (bits === notANumber || (own > largest && own !== infinity)) return Number.NaN;
  const value = own === infinity ? Number.POSITIVE_INFINITY : magnitude(format, own);
  return bits & signBit ? -value : value;
}

function encoded(format: Format, value: number, saturate: boolean): number {
  const { signBit, largest, infinity, notANumber, hasNegativeZero } = format;
  if (Number.isNaN(value)) return notANumber ?? signBit;
  const isNegative = value < 0 || Object.is(value, -0);
  const size = Math.abs(value);
  let [low, high] = [0, largest + 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (magnitude(format, middle) <= size) low = middle;
    else high = middle;
  }
  const [below, above] = [size - magnitude(format, low), magnitude(format, low + 1) - size];
  const nearest = below < above || (below === above && low % 2 === 0) ? low : low + 1;
  if (nearest > largest && !saturate) {
    const beyond = infinity ?? notANumber ?? largest;
    return beyond === notANumber && !hasNegativeZero ? beyond : beyond | (isNegative ? signBit : 0);
  }
  const bits = Math.min(nearest, largest);
  return isNegative && (bits > 0 || hasNegativeZero) ? bits | signBit : bits;
}

const tables = new Map<SmallFloat, Float32Array>();

function tableOf(type: SmallFloat): Float32Array {
  const known =
    tables.get(type) ?? Float32Array.from({ length: 256 }, (_, bits) => decoded(FORMATS[type], bits));
  tables.set(type, known);
  return known;
}

const NOT_A_POWER = 255;
const POWER_BIAS = 127;

/** How a power of two is chosen between two. */
export type PowerRounding = 'up' | 'down' | 'nearest';

function power(value: number, rounding: PowerRounding, saturate: boolean): number {
  if (Number.isNaN(value) || value < 0) return NOT_A_POWER;
  if (value === Number.POSITIVE_INFINITY) return saturate ? NOT_A_POWER - 1 : NOT_A_POWER;
  const floor = Math.floor(Math.log2(value));
  const ratio = value / 2 ** floor;
  const isUp = rounding === 'up' ? ratio > 1 : rounding === 'nearest' && ratio >= 1.5;
  const bits = floor + POWER_BIAS + (isUp ? 1 : 0);
  if (bits >= NOT_A_POWER) return saturate ? NOT_A_POWER - 1 : NOT_A_POWER;
  return Math.max(0, bits);
}

function bfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(values, (value, i) => {
    const own = bits[i]!;
    if (Number.isNaN(value)) return (own >>> 16) | 0x40;
    return (own + 0x7fff + ((own >>> 16) & 1)) >>> 16;
  });
}

/** The values of bit patterns; exact for every finite one. */
export function widenFloats(type: NarrowFloat, bits: Uint8Array | Uint16Array): Float32Array {
  if (type === 'float16') return float16ToFloat32(bits as Uint16Array);
  if (type === 'bfloat16') return new Float32Array(Uint32Array.from(bits, (each) => each << 16).buffer);
  if (type === 'float8e8m0')
    return Float32Array.from(bits, (each) => (each === NOT_A_POWER ? Number.NaN : 2 ** (each - POWER_BIAS)));
  const table = tableOf(type);
  return Float32Array.from(bits, (each) => table[each]!);
}

/** What becomes of values that a type has no bits for, or none exactly. */
export interface Narrowing {
  /** Whether values beyond the largest become it, in 8 bits, instead of an infinity or NaN. Default true. */
  readonly saturate?: boolean;
  /** For `float8e8m0`, whose values are powers of two. Default `up`. */
  readonly rounding?: PowerRounding;
}

/** The nearest bit patterns, halves to the even one. */
export function narrowFloats(
  type: NarrowFloat,
  values: Float32Array,
  { saturate = true, rounding = 'up' }: Narrowing = {},
): Uint8Array | Uint16Array {
  if (type === 'float16') return float32ToFloat16(values);
  if (type === 'bfloat16') return bfloat16(values);
  if (type === 'float8e8m0') return Uint8Array.from(values, (value) => power(value, rounding, saturate));
  return Uint8Array.from(values, (value) => encoded(FORMATS[type], value, saturate));
}
