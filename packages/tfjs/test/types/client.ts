// A program that was written for TensorFlow.js, whose loaders are this package's.
import * as tf from '@tensorflow/tfjs-core';
import { GraphModel, type LayersModel, loadGraphModel, loadLayersModel, version_converter } from 'loaders';

const handler: tf.io.IOHandler = { load: async () => ({ modelTopology: {}, weightSpecs: [] }) };
const options: tf.io.LoadOptions = {
  onProgress: (fraction: number) => console.log(fraction),
  requestInit: { credentials: 'include' },
  fromTFHub: true,
  weightPathPrefix: '/weights/',
};

class Detector {
  private readonly model: GraphModel;
  constructor(model: GraphModel) {
    this.model = model;
  }
  static async load(url?: string): Promise<Detector> {
    return new Detector(await loadGraphModel(url ?? handler, options));
  }
  async detect(image: tf.Tensor3D): Promise<Float32Array> {
    const [height, width] = this.model.inputs[0]!.shape!.slice(1, 3);
    const [boxes, scores] = tf.tidy(() => {
      const batched: tf.Tensor4D = tf.expandDims(tf.image.resizeBilinear(image, [height!, width!]));
      const [first, second] = this.model.execute(batched, ['boxes', 'scores']) as tf.Tensor[];
      return [first as tf.Tensor2D, tf.squeeze(second!) as tf.Tensor1D];
    });
    const result = (await this.model.executeAsync({ image: boxes! })) as tf.Tensor[];
    const kept = await tf.image.nonMaxSuppressionAsync(boxes as tf.Tensor2D, scores as tf.Tensor1D, 10);
    tf.dispose([result, kept]);
    return (await boxes!.data()) as Float32Array;
  }
  dispose(): void {
    this.model.dispose();
  }
}

async function classify(model: LayersModel, image: tf.Tensor4D): Promise<number> {
  const logits = tf.tidy(() => model.predict(image, { batchSize: 1 }) as tf.Tensor2D);
  const names: string[] = model.layers.map(({ name }) => name);
  const shape: (number | null)[] | undefined = model.inputs[0]!.shape;
  const inner = model.execute(image, names[0]!) as tf.Tensor;
  const best = tf.argMax(logits, 1).dataSync()[0]!;
  tf.dispose([logits, inner]);
  return best + (shape?.length ?? 0);
}

const version: string = version_converter;
const made = new GraphModel('model.json', options);
const nodes: string[] = [...made.inputNodes, ...made.outputNodes, made.modelVersion, version];
const predicted = made.predict({ image: tf.zeros([1]) }, {}) as tf.NamedTensorMap;
export default [Detector, classify, loadLayersModel, nodes, predicted];
