import type { Graph } from '../graph.ts';
import type { Limits } from '../limits.ts';
import { buildGraph } from './build-graph.ts';
import { decode } from './decode.ts';
import { readExternalData } from './external-data.ts';
import { modelError } from './model-error.ts';

/** Messages and strings that a node or tensor takes: itself, names, attributes, types and dimensions. */
const ELEMENTS_PER_ITEM = 16;

/**
 * Parses an ONNX model. Constants are views of `bytes`, so these must stay as they are.
 * @param path where `bytes` came from; without it a model with external data is refused
 */
export async function parseOnnx(bytes: Uint8Array, limits: Limits, path?: string): Promise<Graph> {
  if (bytes.length > limits.maxFileBytes) {
    throw modelError(
      'size of the model',
      `at most ${limits.maxFileBytes} bytes`,
      bytes.length,
      'ERR_LIMIT_EXCEEDED',
    );
  }
  if (bytes.length === 0) throw modelError('the model', 'an ONNX model', 'no bytes');
  const model = decode('ModelProto', bytes, ELEMENTS_PER_ITEM * (limits.maxNodes + limits.maxTensors));
  const files =
    path === undefined ? new Map<string, Uint8Array>() : await readExternalData(model, path, limits);
  return buildGraph(model, limits, files);
}
