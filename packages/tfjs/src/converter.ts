import type * as tf from '@tensorflow/tfjs-core';
import { unexpected } from '@zeroskip/tensor';
import manifest from '../package.json' with { type: 'json' };

/** Of this package, which stands for tfjs-converter where that is aliased. */
export const version_converter: string = manifest.version;

function refuse(what: string): never {
  const expected = 'operators that @zeroskip/runner has';
  throw unexpected('ERR_UNSUPPORTED_OPERATOR', what, expected, 'one of the program');
}

type Executor = (node: never) => tf.Tensor | tf.Tensor[] | Promise<tf.Tensor | tf.Tensor[]>;

/** Operators are those of the engine. @throws always */
export function registerOp(name: string, _executor: Executor): never {
  refuse(`operator ${JSON.stringify(name)}`);
}

/** As `registerOp`. @throws always */
export function deregisterOp(name: string): never {
  refuse(`operator ${JSON.stringify(name)}`);
}
