// A page that has TensorFlow.js as the global tf, from scripts, and loads a model by this engine.
import { loadGraphModel } from '@zeroskip/tfjs';

const { tf } = globalThis;

globalThis.tasks = {
  /** A model at an address, on a made-up image; and what TensorFlow.js computes for the same. */
  async run({ model: address, dims, weights }) {
    await tf.setBackend('cpu');
    const fractions = [];
    const model = await loadGraphModel(address, { onProgress: (fraction) => fractions.push(fraction) });
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7));
    const x = tf.tensor(data, dims);
    const w = tf.tensor(Float32Array.from(weights), [3, 3, 3, 8]);
    const before = tf.memory().numTensors;
    const differences = tf.tidy(() => {
      const conv = tf.conv2d(x, w, 1, 'same');
      const expected = [conv, tf.relu(conv)];
      const received = model.execute(x, ['conv', 'y']);
      return received.map((y, i) => tf.max(tf.abs(tf.sub(y, expected[i]))).dataSync()[0]);
    });
    const later = await model.predictAsync(x);
    const isTensor = later instanceof tf.Tensor;
    later.dispose();
    model.dispose();
    return { fractions, differences, isTensor, left: tf.memory().numTensors - before, inputs: model.inputs };
  },
};
globalThis.isReady = true;
