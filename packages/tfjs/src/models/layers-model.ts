import type * as tf from '@tensorflow/tfjs-core';
import { assertInteger, rangeError, Tensor, typeError } from '@zeroskip/tensor';
import type { ModelArtifacts } from '../loading/artifacts.ts';
import type { LoadOptions } from '../loading/load-options.ts';
import { joinRows, rows } from '../tensors/batches.ts';
import { feedLater, feedNow } from '../tensors/given.ts';
import type { Deliver } from '../tensors/tensor-maker.ts';
import type { AnyTensor, Inputs } from '../tensors/types.ts';
import { delivery, type Named, namedInputs, namedOutputs, oneOrAll, rowsOf } from './inputs.ts';
import { Layer } from './layer.ts';
import type { LayersInterface } from './layers-interface.ts';
import { SymbolicTensor } from './model-tensor.ts';
import type { Loaded, Network } from './network.ts';

/** As in TensorFlow.js. */
const BATCH_SIZE = 32;

type Outputs<T> = T | T[];
type Feeds = Readonly<Record<string, Tensor>>;

interface Request {
  readonly named: Named;
  readonly deliver: Deliver;
  readonly wanted: readonly string[];
}

function batchSizeOf(config: unknown): number {
  const { batchSize, verbose } = (config ?? {}) as tf.ModelPredictConfig;
  if (verbose)
    throw typeError('option verbose', 'false: no output is written', verbose, 'ERR_INVALID_ARGUMENT');
  if (batchSize === undefined || batchSize === null) return BATCH_SIZE;
  assertInteger('option batchSize', batchSize, 1);
  return batchSize;
}

/** A value as layers take it: with a batch and one axis at least, of floats. */
function asLayersTake(tensor: Tensor): Tensor {
  const { type, data, dims } = tensor;
  const axes = dims.length === 1 ? [dims[0]!, 1] : dims;
  if (type !== 'int32' && type !== 'bool') return axes === dims ? tensor : tensor.reshape(axes);
  return new Tensor('float32', Float32Array.from(data as Int32Array), axes);
}

/** The parts of a batch, none with more rows than `size`. */
function batches(feeds: Feeds, size: number): Feeds[] {
  const count = rowsOf(Object.values(feeds)) ?? 0;
  if (count <= size) return [feeds];
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => {
    const [from, to] = [i * size, Math.min(count, (i + 1) * size)];
    return Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, rows(feed, from, to)]));
  });
}

/** A Layers model of TensorFlow.js, run by Zeroskip: for inference, not for training. */
export class LayersModel {
  readonly name: string;
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Of the outermost network. */
  readonly layers: readonly Layer[];
  readonly #network: Network;
  readonly #options: LoadOptions;
  readonly #metadata: ModelArtifacts['userDefinedMetadata'];

  /** `loadLayersModel` makes it. */
  constructor({ network, names, artifacts }: Loaded<LayersInterface>, options: LoadOptions) {
    this.name = names.name;
    this.inputs = names.inputInfo.map((info) => new SymbolicTensor(info));
    this.outputs = names.outputInfo.map((info) => new SymbolicTensor(info));
    this.inputNames = names.inputInfo.map(({ name }) => name);
    this.outputNames = names.outputInfo.map(({ name }) => name);
    this.layers = names.layers.map((entry) => new Layer(entry));
    this.#network = network;
    this.#options = options;
    this.#metadata = artifacts.userDefinedMetadata;
  }

  getUserDefinedMetadata(): ModelArtifacts['userDefinedMetadata'] {
    return this.#metadata;
  }

  /** The layer of a name, or at an index. @throws `RangeError` where there is none */
  getLayer(name: string): Layer;
  getLayer(index: number): Layer;
  getLayer(name: string, index: number): Layer;
  getLayer(nameOrIndex: string | number, index?: number): Layer {
    const key = index ?? nameOrIndex;
    const found = this.layers.find((layer, i) => (typeof key === 'number' ? i === key : layer.name === key));
    if (found) return found;
    throw rangeError('a layer', `a name, or an index below ${this.layers.length}`, key);
  }

  #request(inputs: unknown, outputs?: unknown): Request {
    const named = namedInputs(inputs, this.inputNames, this.#network);
    const wanted = namedOutputs(outputs, this.outputNames);
    return { named, deliver: delivery(named, this.#options.tf), wanted };
  }

  #runSync({ named, deliver, wanted }: Request, batchSize: number): AnyTensor[] {
    const feeds = Object.fromEntries(
      named.map(([name, value]) => [name, asLayersTake(feedNow(name, value))]),
    );
    const parts = batches(feeds, batchSize).map((part) => this.#network.runSync(part, wanted));
    return wanted.map((_, i) => deliver(joinRows(parts.map((part) => part[i]!))));
  }

  #run({ named, deliver, wanted }: Request, batchSize: number): Promise<AnyTensor[]> {
    return this.#network.during(async () => {
      const feeds = named.map(async ([name, value]) => [name, asLayersTake(await feedLater(name, value))]);
      const parts: Tensor[][] = [];
      for (const part of batches(Object.fromEntries(await Promise.all(feeds)), batchSize)) {
        parts.push(await this.#network.run(part, wanted));
      }
      return wanted.map((_, i) => deliver(joinRows(parts.map((part) => part[i]!))));
    });
  }

  /**
   * Computes the outputs while the caller waits: `predictAsync` lets the event loop go on.
   * @param x a tensor, an array in the order of `inputNames`, or tensors by name; integers become floats
   * @param args `batchSize`: rows that are computed at a time, 32 unless told
   * @returns one tensor for one output, else an array. They are tensors of TensorFlow.js for inputs that are, which
   *   `tf.tidy` frees as it frees others
   * @throws errors with codes `ERR_INVALID_ARGUMENT`, `ERR_INVALID_TYPE`, `ERR_INVALID_SHAPE` for what does not fit,
   *   `ERR_RELEASED` after `dispose`
   */
  predict(x: Inputs<Tensor>, args?: tf.ModelPredictConfig): Outputs<Tensor>;
  predict(x: Inputs<tf.Tensor>, args?: tf.ModelPredictConfig): Outputs<tf.Tensor>;
  predict(x: Inputs<AnyTensor>, args?: tf.ModelPredictConfig): Outputs<AnyTensor> {
    return oneOrAll(this.#runSync(this.#request(x), batchSizeOf(args)));
  }

  /** As `predict`, off the calling thread in Node.js. */
  predictAsync(x: Inputs<Tensor>, args?: tf.ModelPredictConfig): Promise<Outputs<Tensor>>;
  predictAsync(x: Inputs<tf.Tensor>, args?: tf.ModelPredictConfig): Promise<Outputs<tf.Tensor>>;
  async predictAsync(x: Inputs<AnyTensor>, args?: tf.ModelPredictConfig): Promise<Outputs<AnyTensor>> {
    return oneOrAll(await this.#run(this.#request(x), batchSizeOf(args)));
  }

  /** As `predict`, all rows at a time. */
  predictOnBatch(x: Inputs<Tensor>): Outputs<Tensor>;
  predictOnBatch(x: Inputs<tf.Tensor>): Outputs<tf.Tensor>;
  predictOnBatch(x: Inputs<AnyTensor>): Outputs<AnyTensor> {
    return oneOrAll(this.#runSync(this.#request(x), Number.POSITIVE_INFINITY));
  }

  /**
   * Computes outputs of any layers, of the first call of each.
   * @param outputs names of layers, or of their outputs
   * @returns an array where `outputs` is one
   * @throws as `predict`
   */
  execute(inputs: Inputs<Tensor>, outputs: string | string[]): Outputs<Tensor>;
  execute(inputs: Inputs<tf.Tensor>, outputs: string | string[]): Outputs<tf.Tensor>;
  execute(inputs: Inputs<AnyTensor>, outputs: string | string[]): Outputs<AnyTensor> {
    const results = this.#runSync(this.#request(inputs, outputs), Number.POSITIVE_INFINITY);
    return Array.isArray(outputs) ? results : results[0]!;
  }

  /** As `execute`, off the calling thread in Node.js. */
  executeAsync(inputs: Inputs<Tensor>, outputs: string | string[]): Promise<Outputs<Tensor>>;
  executeAsync(inputs: Inputs<tf.Tensor>, outputs: string | string[]): Promise<Outputs<tf.Tensor>>;
  async executeAsync(inputs: Inputs<AnyTensor>, outputs: string | string[]): Promise<Outputs<AnyTensor>> {
    const results = await this.#run(this.#request(inputs, outputs), Number.POSITIVE_INFINITY);
    return Array.isArray(outputs) ? results : results[0]!;
  }

  /** Frees the model's memory; calls in flight end first, and later ones are refused. */
  dispose(): void {
    void this.#network.release();
  }
}
