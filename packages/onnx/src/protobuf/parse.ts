import { modelError } from '../graph/model-error.ts';
import type { ModelFormat } from '../graph/model-format.ts';
import { buildGraph } from './build-graph.ts';
import { decode } from './decode.ts';
import { readExternalData } from './external-data.ts';
import { withOutputs } from './with-outputs.ts';

/** Messages and strings that a node or tensor takes: itself, names, attributes, types and dimensions. */
const ELEMENTS_PER_ITEM = 16;

/** ONNX models. Constants are views of the bytes, so these must stay as they are. */
export const onnx: ModelFormat = {
  /** Nothing marks a protobuf message. */
  accepts: () => true,
  async parse(bytes, limits, files, { outputs } = {}) {
    if (bytes.length === 0) throw modelError('the model', 'an ONNX model', 'no bytes');
    const model = decode('ModelProto', bytes, ELEMENTS_PER_ITEM * (limits.maxNodes + limits.maxTensors));
    return withOutputs(buildGraph(model, limits, await readExternalData(model, files)), outputs);
  },
};
