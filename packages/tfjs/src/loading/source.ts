import type * as tf from '@tensorflow/tfjs-core';
import { typeError } from '@zeroskip/tensor';
import { assertArtifacts, type ModelArtifacts, type RunnerModel, runnerModel } from './artifacts.ts';
import { fetchedArtifacts } from './fetched.ts';
import type { LoadOptions } from './load-options.ts';
import { localPath, readText } from './local.ts';

/** Where a model is: a path, an address, or what loads it. */
export type ModelUrl = string | tf.io.IOHandler | tf.io.IOHandlerSync;

/** A model that is about to be loaded. */
export interface Source {
  readonly runner: RunnerModel;
  /** What is known beside the weights; where the runner reads files, once it has. */
  artifacts(): Promise<ModelArtifacts>;
}

const HUB_FILE = 'model.json?tfjs-format=file';

/** Addresses of stores in a browser, which TensorFlow.js alone reads. */
const STORED = /^(localstorage|indexeddb|downloads):/i;

async function known(artifacts: ModelArtifacts): Promise<Source> {
  return { runner: await runnerModel(artifacts), artifacts: async () => artifacts };
}

function local(path: string): Source {
  return {
    runner: { model: path, externalData: [] },
    async artifacts() {
      const { weightsManifest, ...json } = JSON.parse(await readText(path)) as tf.io.ModelJSON;
      return { ...json, weightSpecs: weightsManifest?.flatMap(({ weights }) => weights) ?? [] };
    },
  };
}

function fromUrl(url: string, options: LoadOptions): Promise<Source> | Source {
  if (STORED.test(url)) {
    const expected =
      'a path, an address to fetch, or for what a browser stores tf.io.getLoadHandlers(url)[0],';
    throw typeError('the model', expected, url, 'ERR_INVALID_ARGUMENT');
  }
  const isFetched =
    /^https?:/i.test(url) || (options.fetchFunc && !/^file:/i.test(url)) || options.requestInit;
  const path = isFetched ? undefined : localPath(url);
  return path === undefined ? fetchedArtifacts(url, options).then(known) : local(path);
}

/** @throws `TypeError` for what is neither a string nor an object with a function `load` */
export async function sourceOf(model: ModelUrl, options: LoadOptions): Promise<Source> {
  if (typeof model === 'string') {
    if (!options.fromTFHub) return fromUrl(model, options);
    return fromUrl(`${model.replace(/\/?$/, '/')}${HUB_FILE}`, options);
  }
  if (typeof model?.load !== 'function') {
    throw typeError('the model', 'a path, an address or an IOHandler with a function load', model);
  }
  const artifacts: unknown = await model.load();
  assertArtifacts(artifacts);
  return known(artifacts);
}
