import type { ModelFiles } from './files.ts';
import type { Graph } from './graph.ts';
import type { Limits } from './limits.ts';

/** A kind of model file. */
export interface ModelFormat {
  /** Whether a file begins as such a model does. */
  accepts(bytes: Uint8Array): boolean;
  /**
   * Parses a model into a graph of ONNX operators.
   * @param files that the model refers to
   * @throws `ZeroskipError` with code `ERR_INVALID_MODEL`, `ERR_UNSUPPORTED_OPERATOR`, `ERR_UNSUPPORTED_TYPE`,
   *   `ERR_FILE` or `ERR_LIMIT_EXCEEDED`
   */
  parse(bytes: Uint8Array, limits: Limits, files: ModelFiles): Promise<Graph>;
}
