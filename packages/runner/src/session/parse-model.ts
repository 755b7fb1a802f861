import { foreignFile } from '../model/foreign-file.ts';
import type { Graph } from '../model/graph.ts';
import type { Limits } from '../model/limits.ts';
import { modelError } from '../model/model-error.ts';
import type { ModelFormat, ReadOptions } from '../model/model-format.ts';
import type { ModelFiles } from '../model/reading/files.ts';
import { onnx } from '../onnx/parse.ts';
import { tensorFlowJs } from '../tfjs/format.ts';
import { tensorFlowLite } from '../tflite/format.ts';

/** One row per kind of model; ONNX, which takes what no other does, is last. */
const modelFormats: readonly ModelFormat[] = [tensorFlowJs, tensorFlowLite, onnx];

/**
 * Parses a model by what its bytes are.
 * @throws `ZeroskipError` with code `ERR_INVALID_MODEL` that says what the bytes are, where they are known to be
 *   another kind of file
 */
export async function parseModel(
  bytes: Uint8Array,
  limits: Limits,
  files: ModelFiles,
  options: ReadOptions = {},
): Promise<Graph> {
  const { maxFileBytes } = limits;
  if (bytes.length > maxFileBytes) {
    const expected = `at most ${maxFileBytes} bytes`;
    throw modelError('size of the model', expected, bytes.length, 'ERR_LIMIT_EXCEEDED');
  }
  const foreign = foreignFile(bytes);
  if (foreign) throw foreign;
  return modelFormats.find(({ accepts }) => accepts(bytes))!.parse(bytes, limits, files, options);
}
