import {
  foreignFile,
  type Graph,
  type Limits,
  type ModelFiles,
  type ModelFormat,
  modelError,
  onnx,
  type ReadOptions,
} from '@zeroskip/onnx';
import { foldConstants } from '../passes/fold-constants.ts';

/** Of an object or a list. */
const OPENING_BRACES: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b]);
const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** Of a TensorFlow Lite file, behind the offset of its table. */
const IDENTIFIER = 'TFL3';
const IDENTIFIER_AT = 4;

/** Loads what reads these models with the first of them: who runs others does without. */
const readers = () => import('@zeroskip/tensorflow');

export const tensorFlowJs: ModelFormat = {
  /** Whether it is JSON; no ONNX model begins so. */
  accepts: (bytes) => OPENING_BRACES.has(bytes.find((byte) => !isBlank(byte))),
  parse: async (...args) => (await readers()).parseTensorFlowJs(...args),
};

const tensorFlowLite: ModelFormat = {
  accepts: (bytes) =>
    String.fromCharCode(...bytes.subarray(IDENTIFIER_AT, IDENTIFIER_AT + IDENTIFIER.length)) === IDENTIFIER,
  parse: async (...args) => (await readers()).parseTensorFlowLite(...args),
};

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
  options: Omit<ReadOptions, 'fold'> = {},
): Promise<Graph> {
  const { maxFileBytes } = limits;
  if (bytes.length > maxFileBytes) {
    const expected = `at most ${maxFileBytes} bytes`;
    throw modelError('size of the model', expected, bytes.length, 'ERR_LIMIT_EXCEEDED');
  }
  const foreign = foreignFile(bytes);
  if (foreign) throw foreign;
  const { parse } = modelFormats.find(({ accepts }) => accepts(bytes))!;
  return parse(bytes, limits, files, {
    ...options,
    fold: (graph, known) => foldConstants(graph, known, limits),
  });
}
