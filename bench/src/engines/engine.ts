import type { Tensor } from '@zeroskip/tensor';

/** A network with one input and one output, loaded. */
export interface Engine {
  /** @param image float32 */
  run(image: Tensor): Promise<Float32Array>;
  release(): Promise<void>;
}
