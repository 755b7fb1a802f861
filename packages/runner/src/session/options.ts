import type { Accuracy } from '@zeroskip/kernels';
import type { ExternalDataFile, Form, LayerClasses, Limits, LoadProgress } from '@zeroskip/onnx';
import type { Plan } from '@zeroskip/selector';
import type { ElementType, Tensor } from '@zeroskip/tensor';
import type { Value } from '../values/value.ts';
import type { LayerTrace } from './trace.ts';

/**
 * Tensors by input name. A sequence, for an input that is one, is an array of tensors; an optional without a value is
 * null.
 */
export type Feeds = Readonly<Record<string, Value>>;
/** Output names, or an object with them as keys; a tensor as value is filled in place of a new one. */
export type Fetches = readonly string[] | Readonly<Record<string, Tensor | null>>;
/**
 * Tensors by output name. Networks with other outputs have arrays of tensors for sequences, and null for an optional
 * without a value: `V` says so where they are read.
 */
export type Results<V extends Value = Tensor> = Record<string, V>;

/** A graph input. Unknown dimensions are their symbols, or the empty string when unnamed. */
export interface ValueMetadata {
  readonly name: string;
  /** False for a sequence or an optional; type and shape are those of the tensors in it. */
  readonly isTensor: boolean;
  /** Of a value that is no tensor. */
  readonly form?: Form;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

/** A graph output. Its type is undefined where the model declares none and leaves dims of its inputs open. */
export interface OutputMetadata extends Omit<ValueMetadata, 'type'> {
  readonly type: ElementType | undefined;
}

/** A node of a loaded network. */
export interface NodeMetadata {
  /** The node's name, or its first output's where it has none. */
  readonly name: string;
  readonly opType: string;
  /** Names of values; the empty string stands for an absent optional one. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface SessionOptions {
  /** Threads that one run uses. Default `os.availableParallelism()`. */
  readonly intraOpNumThreads?: number;
  /**
   * Algorithm of every convolution that has no entry in `plan` and that it accepts. Others, and all with the default
   * `auto`, take the one that is expected to be the fastest, by the layer's shape and the operators before it.
   */
  readonly algorithm?: string;
  /**
   * `strict` keeps to algorithms that sum float32 products of inputs and weights, whose error is at most
   * K · 2⁻²⁴ · Σ|x·w| for K products. `standard` also takes those whose documented error is a small multiple of what a
   * tile's largest values allow: `winograd`. Default that of `plan`, else `standard`.
   */
  readonly accuracy?: Accuracy;
  /** Sizes of symbolic dims, by symbol; symbols that the model does not have are left unread. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /**
   * Whether layers are fused with those around them: normalisation, padding, activations and sums. Without it each
   * node of the model is a layer of its own, as a trace shows it. Default true.
   */
  readonly fuse?: boolean;
  /** Per-layer choices from `zeroskip select`. */
  readonly plan?: Plan;
  /** Files that the model refers to, by the path that it has for them, for models given as bytes or kept elsewhere. */
  readonly externalData?: readonly ExternalDataFile[];
  /**
   * Whether files in the model's folder may be symbolic links, which may lead out of it, or hard links, as caches of
   * downloads have them (Hugging Face's). Only for models from a source that is trusted to name files. Default false.
   */
  readonly followLinks?: boolean;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly limits?: Partial<Limits>;
  /**
   * Bytes that the session may hold to stay compiled for input shapes, beside its weights and one run's maps. Those
   * used last stay, the very last one in any case; others are compiled for again, which packs no weights. Default
   * 2^26, enough for more than a hundred shapes of a network of 350 steps.
   */
  readonly shapeCacheBytes?: number;
  /**
   * Outputs in place of those that the model declares: names of outputs, of other values, or of nodes or layers, whose
   * first output is meant. What none of them stands on is left out.
   */
  readonly outputs?: readonly string[];
  /**
   * Outputs that the session is compiled for while it loads, where the model fixes the dims of its inputs; what other
   * runs fetch is compiled for in the first of them. Default all.
   */
  readonly prepare?: readonly string[];
  /**
   * Layer classes of a TensorFlow.js Layers model beside those that are known, by class name: the layers that such a
   * layer consists of, one after the other, from its configuration. A class that is known by the same name gives way.
   */
  readonly layers?: LayerClasses;
}

export interface RunOptions {
  /** Checked between layers; an aborted run rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Called once, after the last layer, with what each layer took, in order of execution. Densities take another pass
   * over the inputs of convolutions, about 3 % of a run.
   */
  readonly trace?: (layers: LayerTrace[]) => void;
}
