import { typeError, unexpected } from '@zeroskip/tensor';
import { loadGraphModel, loadLayersModel } from './load.ts';
import type { ModelArtifacts } from './loading/artifacts.ts';
import type { LoadOptions } from './loading/load-options.ts';

/** What is asked of a model of TensorFlow.js: what it saves, and to be freed. */
export interface SavableModel {
  // biome-ignore lint/suspicious/noExplicitAny: the handlers of TensorFlow.js have types of their own
  save(handler: any): Promise<unknown>;
  dispose(): unknown;
}

/**
 * Runs a model that TensorFlow.js has loaded on Zeroskip: `net.model = await takeOver(net.model)`. The given model is
 * disposed unless `keep` is true, and what is returned has the calls of its type that serve inference.
 * @throws as `loadGraphModel` and `loadLayersModel`; the given model is as it was then
 */
export async function takeOver<M extends SavableModel>(
  model: M,
  { keep = false, ...options }: LoadOptions & { readonly keep?: boolean } = {},
): Promise<M> {
  if (typeof model?.save !== 'function') throw typeError('the model', 'one that TensorFlow.js loaded', model);
  let saved: ModelArtifacts | undefined;
  await model.save({
    save: async (artifacts: ModelArtifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    },
  });
  if (saved === undefined) throw unexpected('ERR_INVALID_ARGUMENT', 'save of the model', 'artifacts', 'none');
  const artifacts = saved;
  const isGraph = (artifacts.modelTopology as { node?: unknown } | undefined)?.node !== undefined;
  const load = isGraph ? loadGraphModel : loadLayersModel;
  const taken = await load({ load: async () => artifacts }, options);
  if (!keep) model.dispose();
  return taken as unknown as M;
}
