import type { Graph } from './graph.ts';
import type { Limits } from './limits.ts';
import { parseOnnx } from './onnx/parse.ts';
import { isModelJson, parseTensorFlowJs } from './tfjs/parse.ts';

/** Parses a model by what its bytes are: JSON is TensorFlow.js, all else ONNX. */
export function parseModel(bytes: Uint8Array, limits: Limits, path?: string): Promise<Graph> {
  return isModelJson(bytes) ? parseTensorFlowJs(bytes, limits, path) : parseOnnx(bytes, limits, path);
}
