import { type GraphValue, type ModelFormat, modelError } from '@zeroskip/onnx';
import { Emitter } from './emitter.ts';
import { parseGraphModel } from './graph/parse.ts';
import { isGraphModel } from './graph/schema.ts';
import { NetworkWriter } from './network.ts';
import { withOutputDims } from './output-dims.ts';
import { parseJson, readModelJson } from './schema.ts';
import { readWeights } from './weights.ts';

/** Whether it is a list of weight files, as face-api has for each of its networks. */
const isWeightsManifest = (json: unknown) =>
  Array.isArray(json) && json.length > 0 && json.every((group) => Array.isArray(group?.weights));

function weightsAlone() {
  const received = 'weights alone, as face-api.js has them';
  return modelError(
    'the model',
    'model.json with the layers or the graph of a network, not only its weights,',
    received,
  );
}

/**
 * TensorFlow.js models of layers, and graph models. Inputs and outputs keep the model's axes (N, H, W, C mostly).
 * @param bytes of `model.json`
 */
export const parseTensorFlowJs: ModelFormat['parse'] = async (bytes, limits, files, options = {}) => {
  const json = parseJson(bytes);
  if (isGraphModel(json)) {
    return parseGraphModel(json, limits, files, options);
  }
  if (isWeightsManifest(json)) throw weightsAlone();
  const { modelTopology, weightsManifest } = readModelJson(json);
  const emitter = new Emitter(limits);
  const writer = new NetworkWriter(
    emitter,
    await readWeights(weightsManifest, files, limits),
    limits,
    options.layers,
  );
  const declared = writer.write(modelTopology, undefined);
  const chosen = options.outputs?.map(
    (name) => declared.find((output) => output.name === name) ?? { name, value: writer.layerOutput(name) },
  );
  const written = chosen ?? declared;
  if (written.length === 0) throw modelError('output_layers of the model', 'at least one', 'none');
  const outputs = written.map(({ name, value }): GraphValue => {
    const dims = Array.from({ length: value.rank }, (_, axis) => (axis === 0 ? 'batch' : ''));
    return { name: emitter.output(name, emitter.modelOrder(value).name), type: 'float32', dims };
  });
  const { nodes, constants } = emitter;
  return withOutputDims({ nodes, inputs: writer.inputs, outputs, constants }, options.fold);
};
