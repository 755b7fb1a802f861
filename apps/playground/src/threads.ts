/** Threads of a run: those of the processor, where browsers share memory between them. */
export const threads = crossOriginIsolated ? navigator.hardwareConcurrency : 1;
