import { widenFloat16 } from '@zeroskip/kernels';
import {
  bytesTensor,
  type Constant,
  constantFrom,
  joined,
  type Limits,
  type ModelFiles,
  modelError,
  partOf,
} from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import type { WeightEntry, WeightsManifest } from './schema.ts';

const ELEMENT_BYTES = { float32: 4, int32: 4, bool: 1, float16: 2, uint8: 1, uint16: 2 } as const;
type StoredAs = keyof typeof ELEMENT_BYTES;

/** Types of weights. */
export type WeightType = 'float32' | 'int32' | 'bool' | 'string';

/** A weight as a constant; strings are parts of the bytes that come with them. */
export interface WeightConstant extends Constant {
  readonly bytes?: Constant;
}

function typeOf({ name, dtype, quantization }: WeightEntry, types: readonly WeightType[]): WeightType {
  const what = `dtype of weight ${JSON.stringify(name)}`;
  if (!types.includes(dtype as WeightType)) {
    throw modelError(what, types.join(', '), dtype, 'ERR_UNSUPPORTED_TYPE');
  }
  const isCoded = quantization !== undefined;
  if (
    isCoded &&
    (dtype === 'bool' || dtype === 'string' || (dtype === 'int32' && quantization.dtype === 'float16'))
  ) {
    const received = `${dtype} as ${quantization.dtype}`;
    throw modelError(what, 'a type that is quantized so', received, 'ERR_UNSUPPORTED_TYPE');
  }
  return dtype as WeightType;
}

function storedAs({ dtype, quantization }: WeightEntry): StoredAs {
  return quantization?.dtype ?? (dtype as StoredAs);
}

function integers(bytes: Uint8Array, entry: WeightEntry): Int32Array {
  if (entry.quantization === undefined) return new Int32Array(new Uint8Array(bytes).buffer);
  return Int32Array.from(values(bytes, entry), Math.round);
}

function values(bytes: Uint8Array, entry: WeightEntry): Float32Array {
  // Weights follow one another without alignment.
  const aligned = new Uint8Array(bytes).buffer;
  const { quantization } = entry;
  if (quantization === undefined) return new Float32Array(aligned);
  if (quantization.dtype === 'float16') {
    const halves = new Uint16Array(aligned);
    return widenFloat16(halves, new Float32Array(halves.length));
  }
  const { scale, min } = quantization;
  const codes = quantization.dtype === 'uint8' ? new Uint8Array(aligned) : new Uint16Array(aligned);
  const out = new Float32Array(codes.length);
  for (let i = 0; i < out.length; i++) out[i] = codes[i]! * scale + min;
  return out;
}

function constant(bytes: Uint8Array, entry: WeightEntry, type: WeightType): WeightConstant {
  const dims = entry.shape;
  if (type === 'string') return strings(bytes, entry);
  if (type === 'float32') return { type, dims, load: () => new Tensor(type, values(bytes, entry), dims) };
  if (type === 'int32') return { type, dims, load: () => new Tensor(type, integers(bytes, entry), dims) };
  return {
    type,
    dims,
    load: () =>
      new Tensor(
        type,
        Uint8Array.from(bytes, (byte) => Number(byte !== 0)),
        dims,
      ),
  };
}

/** Before each string stands its length. */
const LENGTH_BYTES = 4;

/** Where the strings of a weight are in `bytes`, which begin with the weight. */
function stringParts(bytes: Uint8Array, { name, shape }: WeightEntry) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: bigint[] = [];
  let at = 0;
  for (let i = 0; i < sizeOf(shape); i++) {
    const begin = at + LENGTH_BYTES;
    const length = begin <= bytes.length ? view.getUint32(at, true) : 0;
    at = begin + length;
    if (at > bytes.length) {
      throw modelError(`bytes of weight ${JSON.stringify(name)}`, `${at} or more`, bytes.length);
    }
    parts.push(partOf(begin, length));
  }
  return { parts, size: at };
}

function strings(bytes: Uint8Array, entry: WeightEntry): WeightConstant {
  const load = () => new Tensor('int64', BigInt64Array.from(stringParts(bytes, entry).parts), entry.shape);
  return { type: 'int64', dims: entry.shape, load, bytes: constantFrom(bytesTensor(bytes)) };
}

function checkedBytes(entry: WeightEntry, limits: Limits, types: readonly WeightType[]): number {
  typeOf(entry, types);
  const what = `weight ${JSON.stringify(entry.name)}`;
  const { shape } = entry;
  if (shape.length > limits.maxRank) {
    throw modelError(`rank of ${what}`, `at most ${limits.maxRank}`, shape.length, 'ERR_LIMIT_EXCEEDED');
  }
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (size > Number.MAX_SAFE_INTEGER / 4) {
    throw modelError(`shape of ${what}`, 'an exact number of bytes', shape, 'ERR_LIMIT_EXCEEDED');
  }
  return sizeOf(shape) * (entry.dtype === 'string' ? LENGTH_BYTES : ELEMENT_BYTES[storedAs(entry)]);
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

/** Bytes of each weight: those of strings stand in the file. */
function weightSizes(bytes: Uint8Array, weights: readonly WeightEntry[], least: readonly number[]): number[] {
  let offset = 0;
  return weights.map((entry, i) => {
    const size = entry.dtype === 'string' ? stringParts(bytes.subarray(offset), entry).size : least[i]!;
    offset += size;
    return size;
  });
}

const FLOATS: readonly WeightType[] = ['float32'];

/**
 * Reads the weights of a Layers model.
 * @throws as `readConstants`
 */
export async function readWeights(
  manifest: WeightsManifest,
  files: ModelFiles,
  limits: Limits,
): Promise<Weights> {
  return new Weights(await readConstants(manifest, files, limits, FLOATS));
}

/**
 * Reads the weights of a model by name: the shards of each group of the manifest, one after the other, hold its
 * weights. Shards are files beside the model.
 * @throws `ZeroskipError` with code `ERR_INVALID_MODEL`, `ERR_FILE`, `ERR_UNSUPPORTED_TYPE` or
 *   `ERR_LIMIT_EXCEEDED`
 */
export async function readConstants(
  manifest: WeightsManifest,
  files: ModelFiles,
  limits: Limits,
  types: readonly WeightType[],
): Promise<ReadonlyMap<string, WeightConstant>> {
  const entries = manifest.flatMap(({ weights }) => weights);
  if (entries.length > limits.maxTensors) {
    const what = 'number of weights';
    throw modelError(what, `at most ${limits.maxTensors}`, entries.length, 'ERR_LIMIT_EXCEEDED');
  }
  const constants = new Map<string, WeightConstant>();
  if (entries.length === 0) return constants;
  for (const { paths, weights } of manifest) {
    const least = weights.map((entry) => checkedBytes(entry, limits, types));
    const hasStrings = weights.some(({ dtype }) => dtype === 'string');
    const shards: Uint8Array[] = [];
    let left = hasStrings ? Number.POSITIVE_INFINITY : least.reduce((sum, size) => sum + size, 0);
    for (const location of paths) {
      const shard = await files.read(location, 'weight file', left);
      left -= shard.length;
      shards.push(shard);
    }
    const bytes = shards.length === 1 ? shards[0]! : joined(shards);
    const sizes = weightSizes(bytes, weights, least);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (bytes.length !== total) {
      throw modelError(`bytes of weight files ${paths.join(', ')}`, String(total), bytes.length);
    }
    let offset = 0;
    for (const [i, entry] of weights.entries()) {
      if (constants.has(entry.name)) throw modelError('name of a weight', 'a name once', entry.name);
      const part = bytes.subarray(offset, offset + sizes[i]!);
      constants.set(entry.name, constant(part, entry, typeOf(entry, types)));
      offset += sizes[i]!;
    }
  }
  return constants;
}
