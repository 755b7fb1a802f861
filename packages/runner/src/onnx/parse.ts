import type { ModelFiles } from '../model/files.ts';
import type { Graph } from '../model/graph.ts';
import type { Limits } from '../model/limits.ts';
import { modelError } from '../model/model-error.ts';
import { buildGraph } from './build-graph.ts';
import { decode } from './decode.ts';
import { readExternalData } from './external-data.ts';

/** Messages and strings that a node or tensor takes: itself, names, attributes, types and dimensions. */
const ELEMENTS_PER_ITEM = 16;

/** Parses an ONNX model. Constants are views of `bytes`, so these must stay as they are. */
export async function parseOnnx(bytes: Uint8Array, limits: Limits, files: ModelFiles): Promise<Graph> {
  if (bytes.length === 0) throw modelError('the model', 'an ONNX model', 'no bytes');
  const model = decode('ModelProto', bytes, ELEMENTS_PER_ITEM * (limits.maxNodes + limits.maxTensors));
  return buildGraph(model, limits, await readExternalData(model, files));
}
