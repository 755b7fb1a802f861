// A program with tensors of this engine alone, where TensorFlow.js is not installed.
import { type LoadOptions, loadGraphModel, loadLayersModel, Tensor } from 'loaders';

const options: LoadOptions = { outputs: [], session: { intraOpNumThreads: 1 } };

export async function run(path: string): Promise<readonly number[]> {
  const model = await loadGraphModel(path, options);
  const result = model.execute(new Tensor('float32', [1, 2], [1, 2]), 'y');
  const layers = await loadLayersModel(path);
  const [first] = [layers.predict({ x: new Tensor('float32', [1], [1, 1]) })].flat();
  return [...[result].flat().flatMap(({ dims }) => dims), ...first!.dims];
}
