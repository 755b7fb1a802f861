import type { GraphValue } from '../model/graph.ts';
import { modelError } from '../model/model-error.ts';
import type { ModelFormat } from '../model/model-format.ts';
import { Emitter } from './emitter.ts';
import { NetworkWriter } from './network.ts';
import { withOutputDims } from './output-dims.ts';
import { readModelJson } from './schema.ts';
import { readWeights } from './weights.ts';

const OPENING_BRACE = 0x7b;
const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** TensorFlow.js Layers models. Inputs and outputs keep the model's axes (N, H, W, C mostly). */
export const tensorFlowJs: ModelFormat = {
  /** Whether it is JSON; no ONNX model begins so. */
  accepts: (bytes) => bytes[bytes.findIndex((byte) => !isBlank(byte))] === OPENING_BRACE,
  /** @param bytes of `model.json` */
  async parse(bytes, limits, files) {
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
  },
};
