/** Time savings against another time: `1 - t / t(other)`. */
export function savings(ms: number, otherMs: number): number {
  return 1 - ms / otherMs;
}
