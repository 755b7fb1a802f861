import type { HandlerFactory } from '../session/handler.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { EngineHandler } from './handler.ts';

/** Names that stand for this engine: onnxruntime-node's and onnxruntime-web's for the CPU. */
export const engineNames: readonly string[] = ['cpu', 'wasm'];

export const engine: HandlerFactory<Tensor> = {
  init: async () => undefined,
  createInferenceSessionHandler: (model, options = {}) => EngineHandler.create(model, options),
};
