/** Workers compute where memory is shared, which a page has where it is cross-origin isolated. */
export function usableThreads(): number {
  return globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1;
}

export function uninitialized(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes);
}
