/**
 * FarmHash's 64-bit fingerprint (farmhashna of https://github.com/google/farmhash), which TensorFlow makes hash buckets
 * by.
 */
const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;

const wrap = (value: bigint) => BigInt.asUintN(64, value);
const rotate = (value: bigint, by: bigint) => wrap((value >> by) | (value << (64n - by)));
const mix = (value: bigint) => value ^ (value >> 47n);

function pairHash(u: bigint, v: bigint, factor: bigint): bigint {
  const a = mix(wrap((u ^ v) * factor));
  return wrap(mix(wrap((v ^ a) * factor)) * factor);
}

type Pair = readonly [bigint, bigint];

/** Reads little-endian numbers. */
class Reader {
  readonly #view: DataView;
  readonly length: number;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.length = bytes.length;
  }

  /** From the end where `at` is negative. */
  u64(at: number): bigint {
    return this.#view.getBigUint64(at < 0 ? this.length + at : at, true);
  }

  u32(at: number): bigint {
    return BigInt(this.#view.getUint32(at < 0 ? this.length + at : at, true));
  }

  u8(at: number): bigint {
    return BigInt(this.#view.getUint8(at));
  }

  /** 32 bytes into two sums. */
  folded(at: number, first: bigint, second: bigint): Pair {
    const [w, x, y, z] = [0, 8, 16, 24].map((offset) => this.u64(at + offset)) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    const a = first + w;
    const b = rotate(wrap(second + a + z), 21n);
    const c = wrap(a + x + y);
    return [wrap(c + z), wrap(b + rotate(c, 44n) + a)];
  }
}

function upTo16(reader: Reader): bigint {
  const { length } = reader;
  const factor = K2 + BigInt(length * 2);
  if (length >= 8) {
    const [a, b] = [wrap(reader.u64(0) + K2), reader.u64(-8)];
    return pairHash(wrap(rotate(b, 37n) * factor + a), wrap((rotate(a, 25n) + b) * factor), factor);
  }
  if (length >= 4) return pairHash(BigInt(length) + (reader.u32(0) << 3n), reader.u32(-4), factor);
  if (length === 0) return K2;
  const y = reader.u8(0) + (reader.u8(length >> 1) << 8n);
  const z = BigInt(length) + (reader.u8(length - 1) << 2n);
  return wrap(mix(wrap(y * K2) ^ wrap(z * K0)) * K2);
}

function upTo32(reader: Reader): bigint {
  const factor = K2 + BigInt(reader.length * 2);
  const [a, b] = [wrap(reader.u64(0) * K1), reader.u64(8)];
  const [c, d] = [wrap(reader.u64(-8) * factor), reader.u64(-16) * K2];
  const first = wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d);
  return pairHash(first, wrap(a + rotate(wrap(b + K2), 18n) + c), factor);
}

function upTo64(reader: Reader): bigint {
  const factor = K2 + BigInt(reader.length * 2);
  const [a, b] = [wrap(reader.u64(0) * K2), reader.u64(8)];
  const [c, d] = [wrap(reader.u64(-8) * factor), reader.u64(-16) * K2];
  const y = wrap(rotate(wrap(a + b), 43n) + rotate(c, 30n) + d);
  const z = pairHash(y, wrap(a + rotate(wrap(b + K2), 18n) + c), factor);
  const [e, f] = [wrap(reader.u64(16) * factor), reader.u64(24)];
  const [g, h] = [wrap((y + reader.u64(-32)) * factor), (z + reader.u64(-24)) * factor];
  const first = wrap(rotate(wrap(e + f), 43n) + rotate(g, 30n) + h);
  return pairHash(first, wrap(e + rotate(wrap(f + a), 18n) + g), factor);
}

interface State {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
  readonly v: Pair;
  readonly w: Pair;
}

/** Takes in 64 bytes. */
function round(reader: Reader, at: number, { x, y, z, v, w }: State, factor: bigint, weight: bigint): State {
  const left = rotate(wrap(x + y + v[0] + reader.u64(at + 8)), 37n) * factor;
  const right = rotate(wrap(y + v[1] + reader.u64(at + 48)), 42n) * factor;
  const nextZ = wrap(left) ^ wrap(w[1] * weight);
  const nextY = wrap(right + v[0] * weight + reader.u64(at + 40));
  const nextX = wrap(rotate(wrap(z + w[0]), 33n) * factor);
  return {
    x: nextX,
    y: nextY,
    z: nextZ,
    v: reader.folded(at, wrap(v[1] * factor), wrap(nextZ + w[0])),
    w: reader.folded(at + 32, wrap(nextX + w[1]), wrap(nextY + reader.u64(at + 16))),
  };
}

const SEED = 81n;

function longer(reader: Reader): bigint {
  const y = wrap(SEED * K1 + 113n);
  const z = wrap(mix(wrap(y * K2 + 113n)) * K2);
  let state: State = { x: wrap(SEED * K2 + reader.u64(0)), y, z, v: [0n, 0n], w: [0n, 0n] };
  const rest = (reader.length - 1) & 63;
  const end = reader.length - 1 - rest;
  for (let at = 0; at < end; at += 64) state = round(reader, at, state, K1, 1n);
  const factor = K1 + ((state.z & 0xffn) << 1n);
  const w = state.w[0] + BigInt(rest);
  const v = wrap(state.v[0] + w);
  const last = { ...state, v: [v, state.v[1]], w: [wrap(w + v), state.w[1]] } as const;
  const done = round(reader, reader.length - 64, last, factor, 9n);
  return pairHash(
    wrap(pairHash(done.v[0], done.w[0], factor) + mix(done.y) * K0 + done.z),
    wrap(pairHash(done.v[1], done.w[1], factor) + done.x),
    factor,
  );
}

export function fingerprint64(bytes: Uint8Array): bigint {
  const reader = new Reader(bytes);
  if (bytes.length <= 16) return upTo16(reader);
  if (bytes.length <= 32) return upTo32(reader);
  return bytes.length <= 64 ? upTo64(reader) : longer(reader);
}
