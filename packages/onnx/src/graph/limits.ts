import { assertInteger, rangeError, typeError } from '@zeroskip/tensor';

/** What a session accepts at most; a model beyond a limit is refused with code `ERR_LIMIT_EXCEEDED`. */
export interface Limits {
  /** Bytes of the model file, and of each file of external data. Default 2^31 - 1, protobuf's own limit. */
  readonly maxFileBytes: number;
  /** Bytes of all files of external data or weights together. Default 2^34. */
  readonly maxDataBytes: number;
  /** Nodes of the graph, and layers of a TensorFlow.js model. Default 100 000. */
  readonly maxNodes: number;
  /** Constant tensors of the model. Default 100 000. */
  readonly maxTensors: number;
  /** Rank of any value. Default 8. */
  readonly maxRank: number;
  /** Bytes of one value computed while constants are folded, and of all of them together. Default 2^29. */
  readonly maxFoldedBytes: number;
  /** Bytes of one run's arena, and of any single value in it, a sequence being one. Default 2^34. */
  readonly maxRunBytes: number;
  /**
   * Runs of graphs inside nodes that repeat them (Loop, Scan, SequenceMap), all of one run together, and pieces of one
   * split. Default 2^20.
   */
  readonly maxIterations: number;
}

/** The limits that hold unless others are given. */
export const defaultLimits: Limits = {
  maxFileBytes: 2 ** 31 - 1,
  maxDataBytes: 2 ** 34,
  maxNodes: 100_000,
  maxTensors: 100_000,
  maxRank: 8,
  maxFoldedBytes: 2 ** 29,
  maxRunBytes: 2 ** 34,
  maxIterations: 2 ** 20,
};

/** Fills in defaults and checks what was given. */
export function resolveLimits(given: Partial<Limits> = {}): Limits {
  if (typeof given !== 'object' || given === null) throw typeError('limits', 'an object', given);
  const limits = { ...defaultLimits };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaultLimits, name)) {
      throw rangeError('limits', `one of ${Object.keys(defaultLimits).join(', ')}`, name);
    }
    if (value === undefined) continue;
    assertInteger(`limits.${name}`, value, 1);
    limits[name as keyof Limits] = value;
  }
  return limits;
}
