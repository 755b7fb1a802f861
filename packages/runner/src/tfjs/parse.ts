import type { ModelFiles } from '../model/files.ts';
import type { Graph, GraphValue } from '../model/graph.ts';
import type { Limits } from '../model/limits.ts';
import { modelError } from '../model/model-error.ts';
import { Emitter } from './emitter.ts';
import { NetworkWriter } from './network.ts';
import { withOutputDims } from './output-dims.ts';
import { readModelJson } from './schema.ts';
import { readWeights } from './weights.ts';

const OPENING_BRACE = 0x7b;
const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** Whether a model is JSON; no ONNX model begins so. */
export function isModelJson(bytes: Uint8Array): boolean {
  return bytes[bytes.findIndex((byte) => !isBlank(byte))] === OPENING_BRACE;
}

/**
 * Parses a TensorFlow.js Layers model into a graph of ONNX operators. Inputs and outputs keep the model's axes
 * (N, H, W, C mostly).
 * @param bytes of `model.json`
 * @param files among which the weight files are
 * @throws `ZeroskipError` with code `ERR_INVALID_MODEL`, `ERR_UNSUPPORTED_OPERATOR` (a class of layers, or a graph
 *   model), `ERR_UNSUPPORTED_TYPE`, `ERR_FILE` or `ERR_LIMIT_EXCEEDED`
 */
export async function parseTensorFlowJs(
  bytes: Uint8Array,
  limits: Limits,
  files: ModelFiles,
): Promise<Graph> {
  const { modelTopology, weightsManifest } = readModelJson(bytes);
  const emitter = new Emitter(limits);
  const writer = new NetworkWriter(emitter, await readWeights(weightsManifest, files, limits), limits);
  const written = writer.write(modelTopology, undefined);
  if (written.length === 0) throw modelError('output_layers of the model', 'at least one', 'none');
  const outputs = written.map(({ name, value }): GraphValue => {
    const dims = Array.from({ length: value.rank }, (_, axis) => (axis === 0 ? 'batch' : ''));
    return { name: emitter.output(name, emitter.modelOrder(value).name), type: 'float32', dims };
  });
  const { nodes, constants } = emitter;
  return withOutputDims({ nodes, inputs: writer.inputs, outputs, constants }, limits);
}
