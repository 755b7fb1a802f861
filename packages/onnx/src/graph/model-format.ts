import type { ModelFiles } from '../reading/files.ts';
import type { Body, Graph, ValueType } from './graph.ts';
import type { Limits } from './limits.ts';
import type { TypedGraph } from './typed-graph.ts';

/** A layer as Keras describes it: its class and configuration. */
export interface LayerDescription {
  readonly class_name: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * What a layer class of a TensorFlow.js Layers model consists of: layers that follow one another.
 * @param config of the layer, as it stands in the model
 */
export type LayerClass = (config: Readonly<Record<string, unknown>>) => readonly LayerDescription[];

/** By class name. */
export type LayerClasses = Readonly<Record<string, LayerClass>>;

/**
 * Finds the types of values, and the constants, that follow from known types.
 * @throws coded errors for nodes that do not fit together
 */
export type Fold = (
  graph: Body,
  known: ReadonlyMap<string, ValueType>,
) => Pick<TypedGraph, 'types' | 'constants'>;

/** What a caller may say about a model before it is read. */
export interface ReadOptions {
  /** Outputs in place of those that the model declares: names of outputs, of values, or of nodes. */
  readonly outputs?: readonly string[] | undefined;
  /** Layer classes beside those that are known. */
  readonly layers?: LayerClasses | undefined;
  /** Computes shapes that a model does not declare; without it they stay open. */
  readonly fold?: Fold | undefined;
}

/** A kind of model file. */
export interface ModelFormat {
  /** Whether a file begins as such a model does. */
  accepts(bytes: Uint8Array): boolean;
  /**
   * Parses a model into a graph of ONNX operators.
   * @param files that the model refers to
   * @throws `ZeroskipError` with code `ERR_INVALID_MODEL`, `ERR_UNSUPPORTED_OPERATOR`, `ERR_UNSUPPORTED_TYPE`,
   *   `ERR_FILE` or `ERR_LIMIT_EXCEEDED`
   */
  parse(bytes: Uint8Array, limits: Limits, files: ModelFiles, options?: ReadOptions): Promise<Graph>;
}
