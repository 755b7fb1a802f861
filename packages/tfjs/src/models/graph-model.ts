import type * as tf from '@tensorflow/tfjs-core';
import { type Tensor, unexpected } from '@zeroskip/tensor';
import type { ModelArtifacts } from '../loading/artifacts.ts';
import { checkedOptions, type LoadOptions } from '../loading/load-options.ts';
import { type ModelUrl, sourceOf } from '../loading/source.ts';
import { feedLater, feedNow } from '../tensors/given.ts';
import type { AnyTensor, Inputs } from '../tensors/types.ts';
import {
  type GraphInterface,
  type GraphNode,
  graphInterface,
  type Signature,
  signatureOf,
} from './graph-interface.ts';
import { delivery, type Named, namedInputs, namedOutputs, oneOrAll } from './inputs.ts';
import type { TensorInfo } from './model-tensor.ts';
import { type Loaded, Network } from './network.ts';

interface Handler {
  load(): Promise<ModelArtifacts>;
}

/** What programs look at of the executor that TensorFlow.js has: the nodes of the graph by name. */
interface Executor {
  readonly graph: { readonly nodes: Readonly<Record<string, GraphNode>> };
}

type Outputs<T> = T | T[];
type Structured<T> = Outputs<T> | { [name: string]: T };

/**
 * A graph model of TensorFlow.js, run by Zeroskip. `loadGraphModel` makes one; where a program makes it itself, it is
 * ready after `load`.
 */
export class GraphModel {
  readonly modelUrl: ModelUrl;
  /** What `load` reads the model with, as programs find it in TensorFlow.js. */
  handler: Handler | undefined;
  readonly #options: LoadOptions;
  readonly #prepared = new WeakMap<ModelArtifacts, Loaded<GraphInterface>>();
  #loaded: Loaded<GraphInterface> | undefined;

  /** @param modelUrl a path, an address or an `IOHandler` */
  constructor(modelUrl: ModelUrl, loadOptions?: LoadOptions) {
    this.modelUrl = modelUrl;
    this.#options = checkedOptions(loadOptions);
  }

  /** Puts what loads the model into `handler`. */
  findIOHandler(): void {
    this.handler = {
      load: async () => {
        const source = await sourceOf(this.modelUrl, this.#options);
        const loaded = await Network.load(source, 'graph', this.#options, graphInterface);
        this.#prepared.set(loaded.artifacts, loaded);
        return loaded.artifacts;
      },
    };
  }

  /** Reads the model and prepares it for its first run. @throws as `loadGraphModel` */
  async load(): Promise<boolean> {
    this.findIOHandler();
    return this.loadSync(await this.handler!.load());
  }

  /**
   * Takes what `handler.load()` gave. Networks are prepared in turns of the event loop, so that other artifacts are
   * refused.
   */
  loadSync(artifacts: ModelArtifacts): boolean {
    const loaded = this.#prepared.get(artifacts);
    if (loaded === undefined) {
      const expected = "artifacts of this model's own handler, or a call of load,";
      throw unexpected('ERR_INVALID_ARGUMENT', 'loadSync', expected, 'others');
    }
    if (this.#loaded !== loaded) this.dispose();
    this.#loaded = loaded;
    return true;
  }

  get #ready(): Loaded<GraphInterface> {
    if (this.#loaded) return this.#loaded;
    throw unexpected('ERR_INVALID_ARGUMENT', 'a graph model', 'one after load', 'one before');
  }

  /** Names of inputs, as the signature has them, or of their nodes. */
  get inputNodes(): string[] {
    return [...this.#ready.names.inputNodes];
  }

  get outputNodes(): string[] {
    return [...this.#ready.names.outputNodes];
  }

  get inputs(): TensorInfo[] {
    return [...this.#ready.names.inputInfo];
  }

  get outputs(): TensorInfo[] {
    return [...this.#ready.names.outputInfo];
  }

  /** Of TensorFlow, as the model has it. */
  get modelVersion(): string {
    const { versions } = this.#ready.artifacts.modelTopology as {
      versions?: { producer?: unknown; minConsumer?: unknown };
    };
    return versions ? `${versions.producer}.${versions.minConsumer}` : 'n/a';
  }

  get metadata(): ModelArtifacts['userDefinedMetadata'] {
    return this.#ready.artifacts.userDefinedMetadata;
  }

  get modelSignature(): Signature | undefined {
    return signatureOf(this.#ready.artifacts);
  }

  /** As `modelSignature`, by the name of a private field of TensorFlow.js that programs read. */
  get signature(): Signature | undefined {
    return this.modelSignature;
  }

  /** Names of outputs that `predict` gives as an object. */
  get modelStructuredOutputKeys(): string[] | undefined {
    return this.metadata?.structuredOutputKeys as string[] | undefined;
  }

  /** Undefined before the model is loaded, as programs ask of a private field of TensorFlow.js. */
  get executor(): Executor | undefined {
    if (!this.#loaded) return undefined;
    return {
      graph: { nodes: Object.fromEntries(this.#loaded.names.nodes.map((node) => [node.name, node])) },
    };
  }

  /** Weights are packed for the engine, and there are no tensors of them. @throws always */
  get weights(): never {
    throw unexpected('ERR_UNSUPPORTED_OPERATOR', 'weights of a model', 'another property', 'weights');
  }

  #request(inputs: unknown, outputs: unknown) {
    const { network, names } = this.#ready;
    const named: Named = namedInputs(inputs, names.inputNodes, network);
    return {
      network,
      named,
      wanted: namedOutputs(outputs, names.outputNodes),
      deliver: this.#deliver(named),
    };
  }

  #deliver(named: Named) {
    return delivery(named, this.#options.tf);
  }

  /** Outputs by the names that the model was saved with, where it has such names. */
  #structured(result: AnyTensor | AnyTensor[]): Structured<AnyTensor> {
    const keys = this.modelStructuredOutputKeys;
    if (!Array.isArray(keys)) return result;
    return Object.fromEntries([result].flat().map((tensor, i) => [keys[i], tensor]));
  }

  /**
   * Computes outputs while the caller waits: `executeAsync` lets the event loop go on.
   * @param inputs a tensor, an array in the order of `inputNodes`, or tensors by name
   * @param outputs names of outputs or of other nodes; default `outputNodes`
   * @returns one tensor for one output, else an array. They are tensors of TensorFlow.js for inputs that are, which
   *   `tf.tidy` frees as it frees others
   * @throws errors with codes `ERR_INVALID_ARGUMENT`, `ERR_INVALID_TYPE`, `ERR_INVALID_SHAPE` for what does not fit,
   *   `ERR_RELEASED` after `dispose`
   */
  execute(inputs: Inputs<Tensor>, outputs?: string | string[]): Outputs<Tensor>;
  execute(inputs: Inputs<tf.Tensor>, outputs?: string | string[]): Outputs<tf.Tensor>;
  execute(inputs: Inputs<AnyTensor>, outputs?: string | string[]): Outputs<AnyTensor> {
    const { network, named, wanted, deliver } = this.#request(inputs, outputs);
    const feeds = Object.fromEntries(named.map(([name, value]) => [name, feedNow(name, value)]));
    return oneOrAll(network.runSync(feeds, wanted).map(deliver));
  }

  /** As `execute`, off the calling thread in Node.js. */
  executeAsync(inputs: Inputs<Tensor>, outputs?: string | string[]): Promise<Outputs<Tensor>>;
  executeAsync(inputs: Inputs<tf.Tensor>, outputs?: string | string[]): Promise<Outputs<tf.Tensor>>;
  async executeAsync(inputs: Inputs<AnyTensor>, outputs?: string | string[]): Promise<Outputs<AnyTensor>> {
    const { network, named, wanted, deliver } = this.#request(inputs, outputs);
    return network.during(async () => {
      const feeds = named.map(async ([name, value]) => [name, await feedLater(name, value)]);
      const results = await network.run(Object.fromEntries(await Promise.all(feeds)), wanted);
      return oneOrAll(results.map(deliver));
    });
  }

  /**
   * As `execute`, for all outputs; an object of tensors where the model was saved with names for them.
   * @param _config as TensorFlow.js, graph models read none
   */
  predict(inputs: Inputs<Tensor>, _config?: tf.ModelPredictConfig): Structured<Tensor>;
  predict(inputs: Inputs<tf.Tensor>, _config?: tf.ModelPredictConfig): Structured<tf.Tensor>;
  predict(inputs: Inputs<AnyTensor>): Structured<AnyTensor> {
    return this.#structured(this.execute(inputs as Inputs<tf.Tensor>));
  }

  /** As `predict`, off the calling thread in Node.js. */
  predictAsync(inputs: Inputs<Tensor>, _config?: tf.ModelPredictConfig): Promise<Structured<Tensor>>;
  predictAsync(inputs: Inputs<tf.Tensor>, _config?: tf.ModelPredictConfig): Promise<Structured<tf.Tensor>>;
  async predictAsync(inputs: Inputs<AnyTensor>): Promise<Structured<AnyTensor>> {
    return this.#structured(await this.executeAsync(inputs as Inputs<tf.Tensor>));
  }

  /** Frees the model's memory; calls in flight end first, and later ones are refused. */
  dispose(): void {
    void this.#loaded?.network.release();
  }
}
