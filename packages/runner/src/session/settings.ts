import { type Accuracy, accuracies, algorithm, usableThreads } from '@zeroskip/kernels';
import {
  type ExternalDataFile,
  type LayerClasses,
  type Limits,
  plainBytes,
  resolveLimits,
} from '@zeroskip/onnx';
import type { Plan } from '@zeroskip/selector';
import { assertInteger, rangeError, typeError } from '@zeroskip/tensor';
import type { SessionOptions } from './options.ts';

const optionNames = [
  'intraOpNumThreads',
  'algorithm',
  'accuracy',
  'dimensions',
  'fuse',
  'plan',
  'externalData',
  'followLinks',
  'onProgress',
  'limits',
  'shapeCacheBytes',
  'outputs',
  'prepare',
  'layers',
];

function checkExternalData(files: unknown): void {
  if (!Array.isArray(files)) throw typeError('externalData', 'an array of { path, data }', files);
  for (const [index, file] of files.entries()) {
    const { path, data } = (file ?? {}) as { path?: unknown; data?: unknown };
    if (typeof path !== 'string') throw typeError(`externalData[${index}].path`, 'a string', path);
    if (typeof data !== 'string' && !(data instanceof Blob) && !plainBytes(data)) {
      throw typeError(`externalData[${index}].data`, 'a path, a Uint8Array, an ArrayBuffer or a Blob', data);
    }
  }
}

function checkDimensions(sizes: unknown): void {
  if (typeof sizes !== 'object' || sizes === null) throw typeError('dimensions', 'an object of sizes', sizes);
  for (const [symbol, size] of Object.entries(sizes)) assertInteger(`dimensions.${symbol}`, size, 0);
}

function checkOutputs(outputs: unknown): void {
  const isList =
    Array.isArray(outputs) && outputs.length > 0 && outputs.every((name) => typeof name === 'string');
  if (!isList || new Set(outputs).size !== outputs.length) {
    throw typeError('outputs', 'an array of one or more names, each once', outputs);
  }
}

function checkPrepare(prepare: unknown): void {
  const isList = Array.isArray(prepare) && prepare.every((name) => typeof name === 'string');
  if (!isList) throw typeError('prepare', 'an array of names', prepare);
}

function checkLayers(layers: unknown): void {
  if (typeof layers !== 'object' || layers === null)
    throw typeError('layers', 'an object of functions', layers);
  for (const [name, each] of Object.entries(layers)) {
    if (typeof each !== 'function') throw typeError(`layers.${name}`, 'a function', each);
  }
}

/** Session options, checked, with defaults. */
export interface Settings {
  readonly threads: number;
  readonly limits: Limits;
  readonly algorithm: string;
  readonly accuracy: Accuracy;
  readonly dimensions: Readonly<Record<string, number>>;
  readonly fuse: boolean;
  readonly plan: Plan | undefined;
  readonly externalData: readonly ExternalDataFile[];
  readonly followLinks: boolean;
  readonly onProgress: SessionOptions['onProgress'];
  readonly shapeCacheBytes: number;
  readonly outputs: readonly string[] | undefined;
  readonly prepare: readonly string[] | undefined;
  readonly layers: LayerClasses;
}

/** More than a hundred shapes of a network of 350 steps. */
const SHAPE_CACHE_BYTES = 2 ** 26;

export async function settingsOf(options: SessionOptions): Promise<Settings> {
  if (typeof options !== 'object' || options === null)
    throw typeError('session options', 'an object', options);
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) {
      throw typeError('session options', `only ${optionNames.join(', ')}`, name, 'ERR_INVALID_ARGUMENT');
    }
  }
  const { intraOpNumThreads = usableThreads(), algorithm: id = 'auto', onProgress } = options;
  // Loaded with the first plan: it takes a good part of the time that the other packages take.
  const plan = options.plan && (await import('@zeroskip/selector')).parsePlan(options.plan);
  const { accuracy = plan?.accuracy ?? 'standard' } = options;
  assertInteger('intraOpNumThreads', intraOpNumThreads, 1, 1024);
  if (typeof id !== 'string') throw typeError('algorithm', 'an id or auto', id);
  if (!accuracies.includes(accuracy)) throw rangeError('accuracy', accuracies.join(' or '), accuracy);
  if (id !== 'auto' && !algorithm(id).strict && accuracy === 'strict') {
    throw rangeError('algorithm', 'a strict one where the accuracy is strict', id);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw typeError('onProgress', 'a function', onProgress);
  const { externalData = [], followLinks = false, dimensions = {}, fuse = true } = options;
  const { shapeCacheBytes = SHAPE_CACHE_BYTES } = options;
  const { outputs, prepare, layers = {} } = options;
  checkLayers(layers);
  if (prepare !== undefined) checkPrepare(prepare);
  if (outputs !== undefined) checkOutputs(outputs);
  checkDimensions(dimensions);
  assertInteger('shapeCacheBytes', shapeCacheBytes, 0);
  if (typeof fuse !== 'boolean') throw typeError('fuse', 'true or false', fuse);
  checkExternalData(externalData);
  if (typeof followLinks !== 'boolean') throw typeError('followLinks', 'true or false', followLinks);
  return {
    externalData,
    followLinks,
    threads: intraOpNumThreads,
    limits: resolveLimits(options.limits),
    algorithm: id,
    accuracy,
    dimensions,
    fuse,
    plan,
    onProgress,
    shapeCacheBytes,
    outputs,
    prepare,
    layers,
  };
}
