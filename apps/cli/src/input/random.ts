/** Pseudo-random numbers in [0, 1), the same for the same seed (the generator mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A map as a ReLU leaves it: a share `density` of the values, anywhere, in (0, 1]; the others zero. */
export function randomMap(length: number, density: number, seed: number): Float32Array {
  const random = randomSource(seed);
  return Float32Array.from({ length }, () => (random() < density ? 1 - random() : 0));
}

/** Weights in ±1, so small that sums of `products` of them stay near 1. */
export function randomWeights(length: number, products: number, seed: number): Float32Array {
  const random = randomSource(seed);
  const scale = 2 / Math.sqrt(products);
  return Float32Array.from({ length }, () => (random() - 0.5) * scale);
}
