import { join } from 'node:path';
import { exportOnnx } from '@zeroskip/runner';
import { cache } from './cache.ts';
import { nsfwModelFolders, require } from './packages.ts';
import { writeChanged } from './write-changed.ts';

/** A Layers model of nsfwjs: batch × size × size × 3 values from 0 to 1 become five probabilities. */
export interface NsfwModel {
  readonly name: string;
  /** The model's folder in nsfwjs. */
  readonly folder: string;
  readonly size: number;
}

export const nsfwModels: readonly NsfwModel[] = [
  { name: 'inception-v3', folder: 'inception_v3', size: 299 },
  { name: 'mobilenet-v2', folder: 'mobilenet_v2', size: 224 },
];

interface ModelJson {
  readonly weightsManifest: readonly { readonly paths: readonly string[] }[];
}

/**
 * Writes a model as TensorFlow.js lays it out: `model.json`, and its weights beside it. nsfwjs packs both in
 * scripts, the weights in base64.
 * @returns the path of `model.json`
 */
export async function prepareNsfw({ folder }: Pick<NsfwModel, 'folder'>, target: string): Promise<string> {
  const script = (name: string) => require(join(nsfwModelFolders, folder, `${name}.min.js`));
  const model: ModelJson = script('model');
  for (const path of model.weightsManifest.flatMap(({ paths }) => paths)) {
    await writeChanged(join(target, path), Buffer.from(script(path) as string, 'base64'));
  }
  const json = join(target, 'model.json');
  await writeChanged(json, Buffer.from(JSON.stringify(model)));
  return json;
}

/** Writes a model to the cache as TensorFlow.js lays it out and as ONNX. @returns both paths */
export async function cacheNsfw(name: string): Promise<{ json: string; onnx: string }> {
  const model = nsfwModels.find((known) => known.name === name);
  if (model === undefined) {
    const names = nsfwModels.map((known) => known.name).join(' or ');
    throw new RangeError(`Expected ${names} for a model of nsfwjs, received ${name}.`);
  }
  const json = await prepareNsfw(model, join(cache, name));
  const onnx = join(cache, `${name}.onnx`);
  await writeChanged(onnx, await exportOnnx(json));
  return { json, onnx };
}
