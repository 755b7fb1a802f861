/** A network with one input and one output, loaded. */
export interface Engine {
  /** @param image batch × height × width × channels */
  run(image: Float32Array, dims: readonly number[]): Promise<Float32Array>;
  release(): Promise<void>;
}
