/** Complex values: real and imaginary parts. */
export interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export const zeros = (length: number): Complex => ({
  re: new Float64Array(length),
  im: new Float64Array(length),
});

/** In place, for a power of two: the values in bit-reversed order, then butterflies of growing width. */
function byHalves({ re, im }: Complex, sign: number): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j]!, re[i]!];
      [im[i], im[j]] = [im[j]!, im[i]!];
    }
  }
  for (let half = 1; half < n; half *= 2) {
    for (let k = 0; k < half; k++) {
      const angle = (sign * Math.PI * k) / half;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      for (let a = k; a < n; a += 2 * half) {
        const b = a + half;
        const [x, y] = [re[b]! * c - im[b]! * s, re[b]! * s + im[b]! * c];
        re[b] = re[a]! - x;
        im[b] = im[a]! - y;
        re[a]! += x;
        im[a]! += y;
      }
    }
  }
}

/** Of any length, as a convolution with a chirp (Bluestein), which a power of two computes. */
function byChirp(x: Complex, sign: number): Complex {
  const n = x.re.length;
  const size = 2 ** Math.ceil(Math.log2(2 * n));
  const angle = (k: number) => (sign * Math.PI * ((k * k) % (2 * n))) / n;
  const [a, b] = [zeros(size), zeros(size)];
  for (let k = 0; k < n; k++) {
    const [c, s] = [Math.cos(angle(k)), Math.sin(angle(k))];
    a.re[k] = x.re[k]! * c - x.im[k]! * s;
    a.im[k] = x.re[k]! * s + x.im[k]! * c;
    b.re[k] = c;
    b.im[k] = -s;
    b.re[(size - k) % size] = c;
    b.im[(size - k) % size] = -s;
  }
  byHalves(a, -1);
  byHalves(b, -1);
  for (let k = 0; k < size; k++) {
    const [re, im] = [a.re[k]! * b.re[k]! - a.im[k]! * b.im[k]!, a.re[k]! * b.im[k]! + a.im[k]! * b.re[k]!];
    a.re[k] = re;
    a.im[k] = im;
  }
  byHalves(a, 1);
  const out = zeros(n);
  for (let k = 0; k < n; k++) {
    const [c, s] = [Math.cos(angle(k)) / size, Math.sin(angle(k)) / size];
    out.re[k] = a.re[k]! * c - a.im[k]! * s;
    out.im[k] = a.re[k]! * s + a.im[k]! * c;
  }
  return out;
}

/** Σ x[k] · e^(∓2πi·jk/n); the inverse is divided by n. */
export function transformed(x: Complex, inverse: boolean): Complex {
  const n = x.re.length;
  const sign = inverse ? 1 : -1;
  let out = x;
  if (Number.isInteger(Math.log2(n))) {
    out = { re: x.re.slice(), im: x.im.slice() };
    byHalves(out, sign);
  } else out = byChirp(x, sign);
  if (!inverse) return out;
  return { re: out.re.map((value) => value / n), im: out.im.map((value) => value / n) };
}
