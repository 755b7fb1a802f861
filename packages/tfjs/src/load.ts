import type * as tf from '@tensorflow/tfjs-core';
import { prepareAddon, type WasmSource } from '@zeroskip/runner';
import { unexpected } from '@zeroskip/tensor';
import { checkedOptions, type LoadOptions } from './loading/load-options.ts';
import { type ModelUrl, sourceOf } from './loading/source.ts';
import { GraphModel } from './models/graph-model.ts';
import { layersInterface } from './models/layers-interface.ts';
import { LayersModel } from './models/layers-model.ts';
import { Network } from './models/network.ts';

export { prepareAddon, type WasmSource };

/**
 * Loads a graph model, as the function of that name in TensorFlow.js.
 * @param modelUrl a path or a `file://` URL in Node.js, an address that is fetched, or an `IOHandler`
 * @throws errors with codes `ERR_FILE`, `ERR_INVALID_MODEL`, `ERR_UNSUPPORTED_OPERATOR`, `ERR_UNSUPPORTED_TYPE`,
 *   `ERR_LIMIT_EXCEEDED`, which name the node; `ERR_INVALID_TYPE` for what is no model
 */
export async function loadGraphModel(modelUrl: ModelUrl, options?: LoadOptions): Promise<GraphModel> {
  const model = new GraphModel(modelUrl, options);
  await model.load();
  return model;
}

/** Networks are prepared in turns of the event loop: `loadGraphModel` does it. @throws always */
export function loadGraphModelSync(_source: unknown): never {
  throw unexpected(
    'ERR_REFUSED',
    'a graph model',
    'loadGraphModel, which is waited for,',
    'loadGraphModelSync',
  );
}

/**
 * Loads a Layers model, as the function of that name in TensorFlow.js.
 * @param pathOrHandler a path or a `file://` URL in Node.js, an address that is fetched, or an `IOHandler`
 * @throws as `loadGraphModel`, and names layers
 */
export async function loadLayersModel(
  pathOrHandler: string | tf.io.IOHandler,
  options?: LoadOptions,
): Promise<LayersModel> {
  const checked = checkedOptions(options);
  const source = await sourceOf(pathOrHandler, checked);
  return new LayersModel(await Network.load(source, 'layers', checked, layersInterface), checked);
}
