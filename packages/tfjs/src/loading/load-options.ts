import type { LayerClasses, SessionOptions } from '@zeroskip/runner';
import { typeError } from '@zeroskip/tensor';
import type { TensorMaker } from '../tensors/types.ts';

/** Options of TensorFlow.js, and those of this engine. */
export interface LoadOptions {
  /** Called with the part of the weight files that were fetched: 0, and then after each file. */
  readonly onProgress?: (fraction: number) => void;
  /** What files are requested with, but for a body. */
  readonly requestInit?: RequestInit;
  /** What fetches files; then a path without a scheme is one of its addresses. */
  readonly fetchFunc?: typeof fetch;
  /** What stands before the names of weight files. Default the address of the model's folder. */
  readonly weightPathPrefix?: string;
  /** Gives the address of a weight file from its name in the model. */
  readonly weightUrlConverter?: (name: string) => Promise<string>;
  /** Whether the address is one of TensorFlow Hub: the name of the file there is added. */
  readonly fromTFHub?: boolean;
  /** Not read: weights come in one piece. */
  readonly streamWeights?: boolean;
  /** Not read: a Layers model must have the weights that its layers need, and may have others. */
  readonly strict?: boolean;
  /**
   * What makes the tensors that a model gives for tensors of TensorFlow.js. Default: the copy of tfjs-core that the
   * process loaded.
   */
  readonly tf?: TensorMaker;
  /**
   * What `execute` may be asked for beside the outputs that the model declares: names of nodes, or of layers. Default
   * all but nodes that stand on loops, branches, lists and tables. For these outputs the model is read a second time;
   * with `[]` there are none.
   */
  readonly outputs?: readonly string[];
  /** Layer classes of a Layers model beside those that are known, as the runner takes them. */
  readonly layers?: LayerClasses;
  /** Options of the session in `@zeroskip/runner`: threads, accuracy, limits and others. */
  readonly session?: Omit<SessionOptions, 'outputs' | 'layers' | 'externalData' | 'onProgress' | 'prepare'>;
}

const functions = ['onProgress', 'fetchFunc', 'weightUrlConverter'] as const;

/** @throws `TypeError` for options of the wrong kind; null and undefined are as none */
export function checkedOptions(options: unknown): LoadOptions {
  if (options === undefined || options === null) return {};
  if (typeof options !== 'object') throw typeError('load options', 'an object', options);
  const given = options as LoadOptions;
  for (const name of functions) {
    const value = given[name];
    if (value !== undefined && value !== null && typeof value !== 'function') {
      throw typeError(`option ${name}`, 'a function', value);
    }
  }
  if (given.tf !== undefined && typeof given.tf?.tensor !== 'function') {
    throw typeError('option tf', 'the module of TensorFlow.js, with its function tensor', given.tf);
  }
  if (given.requestInit?.body !== undefined && given.requestInit.body !== null) {
    throw typeError('option requestInit', 'a request without a body', given.requestInit.body);
  }
  const { outputs } = given;
  const isList = Array.isArray(outputs) && outputs.every((name) => typeof name === 'string');
  if (outputs !== undefined && !isList) throw typeError('option outputs', 'an array of names', outputs);
  return given;
}
