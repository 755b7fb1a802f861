import manifest from '../package.json' with { type: 'json' };
import * as own from './implementation.ts';

const key = Symbol.for(`@zeroskip/onnxruntime@${manifest.version}`);
const copies = globalThis as { [key]?: typeof own };

/**
 * What all copies of this package in a process have in common. Each alias (`onnxruntime-node`, `onnxruntime-common`,
 * `onnxruntime-web`) is a copy: a tensor of one is an instance of `Tensor` in all, and `env` is the same object.
 */
copies[key] ??= own;
export const shared: typeof own = copies[key];
