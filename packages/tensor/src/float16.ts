import { rangeError } from './errors.ts';

const SCRATCH = new DataView(new ArrayBuffer(4));

function widen(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) {
    const magnitude = fraction * 2 ** -24;
    return sign ? -magnitude : magnitude;
  }
  const bits =
    exponent === 31
      ? sign | 0x7f800000 | (fraction << 13)
      : sign | ((exponent + 112) << 23) | (fraction << 13);
  SCRATCH.setInt32(0, bits);
  return SCRATCH.getFloat32(0);
}

let table: Float32Array | undefined;

function wideningTable(): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => widen(half));
  return table;
}

/**
 * Converts IEEE 754 binary16 bit patterns to float32; exact for every finite value.
 * @param out filled and returned; as long as `halves`
 */
export function float16ToFloat32(
  halves: Uint16Array,
  out: Float32Array = new Float32Array(halves.length),
): Float32Array {
  if (out.length !== halves.length)
    throw rangeError(
      'the length of the array for float32 values',
      String(halves.length),
      out.length,
      'ERR_INVALID_SHAPE',
    );
  const lookup = wideningTable();
  for (let i = 0; i < halves.length; i++) out[i] = lookup[halves[i]!]!;
  return out;
}

/** Rounds float32 values to the nearest binary16 bit pattern, ties to even; overflow gives an infinity. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    SCRATCH.setFloat32(0, values[i]!);
    const bits = SCRATCH.getUint32(0);
    const sign = (bits >>> 16) & 0x8000;
    const magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x7f800000) {
      out[i] = sign | 0x7c00 | (magnitude > 0x7f800000 ? 0x200 : 0);
    } else if (magnitude >= 0x477ff000) {
      out[i] = sign | 0x7c00;
    } else if (magnitude >= 0x38800000) {
      const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
      out[i] = sign | ((rounded - 0x38000000) >>> 13);
    } else {
      const scaled = Math.abs(values[i]!) * 2 ** 24;
      const floor = Math.floor(scaled);
      const rest = scaled - floor;
      out[i] = sign | (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor);
    }
  }
  return out;
}
