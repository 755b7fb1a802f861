import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Tensor } from '@zeroskip/tensor';
import { packageFolder } from './models.ts';

/** Google's interpreter as WebAssembly, which other builds than this one need newer instructions for. */
const PACKAGE = '@litertjs/core@2.5.3';
const BUILD = 'litert_wasm_compat_internal';

interface Vector<T> {
  size(): number;
  get(index: number): T;
}

interface TensorType {
  elementType(): { readonly value: number };
  layout(): { dimensions(): Vector<number> };
  bytes(): number;
}

interface Buffer {
  lock(mode: unknown): number;
  unlock(): void;
  tensorType(): TensorType;
  delete(): void;
}

interface Model {
  getSignature(index: number): { inputNames(): Vector<string>; outputNames(): Vector<string> };
  getInputTensorType(signature: number, index: number): TensorType;
}

/** What is used of the module. */
interface LiteRt {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  loadModel(environment: unknown, at: number, bytes: number): Model;
  compileModel(
    environment: unknown,
    model: Model,
    options: { accelerator: 'wasm' },
  ): Promise<{ run(signature: number, inputs: readonly Buffer[]): Promise<readonly Buffer[]> }>;
  readonly LiteRtEnvironment: { create(device: null): unknown };
  readonly LiteRtTensorBuffer: {
    createManaged(environment: unknown, type: unknown, tensor: TensorType, bytes: number): Buffer;
  };
  readonly LiteRtTensorBufferType: { readonly HOST_MEMORY: unknown };
  readonly LiteRtTensorBufferLockMode: { readonly READ: unknown; readonly WRITE: unknown };
}

const arrays = {
  1: ['float32', Float32Array],
  2: ['int32', Int32Array],
  3: ['uint8', Uint8Array],
  6: ['bool', Uint8Array],
  7: ['int16', Int16Array],
  9: ['int8', Int8Array],
} as const;

type Code = keyof typeof arrays;
export type LiteType = (typeof arrays)[Code][0];

const list = <T>(vector: Vector<T>): T[] => Array.from({ length: vector.size() }, (_, i) => vector.get(i));

type Compiled = Awaited<ReturnType<LiteRt['compileModel']>>;

/** The program of the package is a script for pages that also runs in Node. */
async function load(): Promise<LiteRt> {
  const folder = join(await packageFolder(PACKAGE), 'wasm');
  const file = join(folder, `${BUILD}.js`);
  const module = { exports: {} as unknown };
  const script = new Function(
    'require',
    '__dirname',
    '__filename',
    'module',
    'exports',
    await readFile(file, 'utf8'),
  );
  script(createRequire(import.meta.url), folder, file, module, module.exports);
  const factory = module.exports as (options: object) => Promise<LiteRt>;
  const quiet = () => undefined;
  return factory({
    wasmBinary: await readFile(join(folder, `${BUILD}.wasm`)),
    print: quiet,
    printErr: quiet,
  });
}

function typeOf(tensor: TensorType): { type: LiteType; dims: number[]; Class: (typeof arrays)[Code][1] } {
  const found = arrays[tensor.elementType().value as Code];
  if (!found) throw new RangeError(`Expected a known element type, received ${tensor.elementType().value}.`);
  return { type: found[0], dims: list(tensor.layout().dimensions()), Class: found[1] };
}

/** A network in Google's interpreter. */
export class Interpreter {
  readonly inputs: readonly {
    readonly name: string;
    readonly type: LiteType;
    readonly dims: readonly number[];
  }[];
  readonly #module: LiteRt;
  readonly #environment: unknown;
  readonly #types: readonly TensorType[];
  readonly #outputs: readonly string[];
  readonly #compiled: Compiled;

  private constructor(module: LiteRt, environment: unknown, model: Model, compiled: Compiled) {
    this.#module = module;
    this.#environment = environment;
    this.#compiled = compiled;
    const signature = model.getSignature(0);
    const names = list(signature.inputNames());
    this.#types = names.map((_, i) => model.getInputTensorType(0, i));
    this.inputs = names.map((name, i) => ({ name, ...typeOf(this.#types[i]!) }));
    this.#outputs = list(signature.outputNames());
  }

  static async open(bytes: Uint8Array): Promise<Interpreter> {
    const module = await load();
    const environment = module.LiteRtEnvironment.create(null);
    const at = module._malloc(bytes.length);
    module.HEAPU8.set(bytes, at);
    const model = module.loadModel(environment, at, bytes.length);
    const compiled = await module.compileModel(environment, model, { accelerator: 'wasm' });
    return new Interpreter(module, environment, model, compiled);
  }

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    const { LiteRtTensorBuffer, LiteRtTensorBufferType, LiteRtTensorBufferLockMode } = this.#module;
    const buffers = this.inputs.map(({ name }, i) => {
      const type = this.#types[i]!;
      const memory = LiteRtTensorBufferType.HOST_MEMORY;
      const buffer = LiteRtTensorBuffer.createManaged(this.#environment, memory, type, type.bytes());
      const { data } = feeds[name]!;
      const { buffer: bytes, byteOffset, byteLength } = data as Float32Array;
      const at = buffer.lock(LiteRtTensorBufferLockMode.WRITE);
      this.#module.HEAPU8.set(new Uint8Array(bytes, byteOffset, byteLength), at);
      buffer.unlock();
      return buffer;
    });
    const results = await this.#compiled.run(0, buffers);
    return Object.fromEntries(results.map((buffer, i) => [this.#outputs[i]!, this.#read(buffer)]));
  }

  #read(buffer: Buffer): Tensor {
    const { type, dims, Class } = typeOf(buffer.tensorType());
    const size = dims.reduce((product, dim) => product * dim, 1);
    const at = buffer.lock(this.#module.LiteRtTensorBufferLockMode.READ);
    const bytes = this.#module.HEAPU8.slice(at, at + size * Class.BYTES_PER_ELEMENT);
    buffer.unlock();
    return new Tensor(type, new Class(bytes.buffer) as never, dims);
  }
}
