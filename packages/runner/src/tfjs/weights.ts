import { float16ToFloat32, sizeOf, Tensor } from '@zeroskip/tensor';
import type { ModelFiles } from '../model/files.ts';
import type { Constant } from '../model/graph.ts';
import type { Limits } from '../model/limits.ts';
import { modelError } from '../model/model-error.ts';
import type { WeightEntry, WeightsManifest } from './schema.ts';

const ELEMENT_BYTES = { float32: 4, float16: 2, uint8: 1, uint16: 2 } as const;
type StoredAs = keyof typeof ELEMENT_BYTES;

function storedAs({ name, dtype, quantization }: WeightEntry): StoredAs {
  if (dtype !== 'float32') {
    const what = `dtype of weight ${JSON.stringify(name)}`;
    throw modelError(what, 'float32', dtype, 'ERR_UNSUPPORTED_TYPE');
  }
  return quantization?.dtype ?? 'float32';
}

function values(bytes: Uint8Array, entry: WeightEntry): Float32Array {
  // Weights follow one another without alignment.
  const aligned = new Uint8Array(bytes).buffer;
  const { quantization } = entry;
  if (quantization === undefined) return new Float32Array(aligned);
  if (quantization.dtype === 'float16') return float16ToFloat32(new Uint16Array(aligned));
  const { scale, min } = quantization;
  const codes = quantization.dtype === 'uint8' ? new Uint8Array(aligned) : new Uint16Array(aligned);
  const out = new Float32Array(codes.length);
  for (let i = 0; i < out.length; i++) out[i] = codes[i]! * scale + min;
  return out;
}

function constant(bytes: Uint8Array, entry: WeightEntry): Constant {
  const dims = entry.shape;
  return {
    type: 'float32',
    dims,
    load: () => new Tensor('float32', values(bytes, entry), dims),
  };
}

function checkedBytes(entry: WeightEntry, limits: Limits): number {
  const what = `weight ${JSON.stringify(entry.name)}`;
  const { shape } = entry;
  if (shape.length > limits.maxRank) {
    throw modelError(`rank of ${what}`, `at most ${limits.maxRank}`, shape.length, 'ERR_LIMIT_EXCEEDED');
  }
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (size > Number.MAX_SAFE_INTEGER / 4) {
    throw modelError(`shape of ${what}`, 'an exact number of bytes', shape, 'ERR_LIMIT_EXCEEDED');
  }
  return sizeOf(shape) * ELEMENT_BYTES[storedAs(entry)];
}

/** The weights of a model. */
export class Weights {
  readonly #byName: ReadonlyMap<string, Constant>;
  /** By name without its last but one part, where that is unique: TensorFlow 2.2 puts the cell's name there. */
  readonly #byShortName = new Map<string, Constant | undefined>();

  constructor(byName: ReadonlyMap<string, Constant>) {
    this.#byName = byName;
    for (const [name, constant] of byName) {
      const parts = name.split('/');
      if (parts.length < 3) continue;
      const short = [...parts.slice(0, -2), parts.at(-1)].join('/');
      this.#byShortName.set(short, this.#byShortName.has(short) ? undefined : constant);
    }
  }

  /** @param path names of the models around the layer; they may stand before the layer's name */
  find(path: readonly string[], layer: string, kind: string): Constant | undefined {
    const keys = [...path, ''].map((_, i) => [...path.slice(i), layer, kind].join('/'));
    const key = keys.find((candidate) => this.#byName.has(candidate));
    return key === undefined ? this.#byShortName.get(`${layer}/${kind}`) : this.#byName.get(key);
  }
}

/**
 * Reads the weights of a model: the shards of each group of the manifest, one after the other, hold its
 * weights. Shards are files beside the model.
 * @throws `ZeroskipError` with code `ERR_INVALID_MODEL`, `ERR_FILE`, `ERR_UNSUPPORTED_TYPE` or
 *   `ERR_LIMIT_EXCEEDED`
 */
export async function readWeights(
  manifest: WeightsManifest,
  files: ModelFiles,
  limits: Limits,
): Promise<Weights> {
  const entries = manifest.flatMap(({ weights }) => weights);
  if (entries.length > limits.maxTensors) {
    const what = 'number of weights';
    throw modelError(what, `at most ${limits.maxTensors}`, entries.length, 'ERR_LIMIT_EXCEEDED');
  }
  const constants = new Map<string, Constant>();
  if (entries.length === 0) return new Weights(constants);
  for (const { paths, weights } of manifest) {
    const sizes = weights.map((entry) => checkedBytes(entry, limits));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const shards: Uint8Array[] = [];
    let left = total;
    for (const location of paths) {
      const shard = await files.read(location, 'weight file', left);
      left -= shard.length;
      shards.push(shard);
    }
    const bytes = shards.length === 1 ? shards[0]! : Buffer.concat(shards);
    if (bytes.length !== total) {
      throw modelError(`bytes of weight files ${paths.join(', ')}`, String(total), bytes.length);
    }
    let offset = 0;
    for (const [i, entry] of weights.entries()) {
      if (constants.has(entry.name)) throw modelError('name of a weight', 'a name once', entry.name);
      constants.set(entry.name, constant(bytes.subarray(offset, offset + sizes[i]!), entry));
      offset += sizes[i]!;
    }
  }
  return new Weights(constants);
}
