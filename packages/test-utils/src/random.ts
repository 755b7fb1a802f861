/** Deterministic pseudo-random numbers in [0, 1) (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `length` values, a fraction `density` of them non-zero, in ±[0.1, 1). */
export function sparseValues(length: number, density: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => {
    const keep = random() < density;
    const magnitude = 0.1 + 0.9 * random();
    const sign = random() < 0.5 ? -1 : 1;
    return keep ? sign * magnitude : 0;
  });
}
