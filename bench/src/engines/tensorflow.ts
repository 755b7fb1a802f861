import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { io, setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import type { Engine } from './engine.ts';

/** A model and its weights, as TensorFlow.js takes them from memory. */
export async function artifactsOf(modelJson: string): Promise<io.ModelArtifacts> {
  const { weightsManifest, ...model } = JSON.parse(await readFile(modelJson, 'utf8')) as io.ModelJSON;
  const shards = weightsManifest.flatMap(({ paths }) => paths);
  const parts = await Promise.all(shards.map((path) => readFile(join(dirname(modelJson), path))));
  const weightData = new Uint8Array(Buffer.concat(parts)).buffer;
  return { ...model, weightSpecs: weightsManifest.flatMap(({ weights }) => weights), weightData };
}

/** TensorFlow.js in plain JavaScript: the reference for what a Layers model means. Slow. */
export async function tensorflow(modelJson: string): Promise<Engine> {
  await setBackend('cpu');
  const model = await loadLayersModel(io.fromMemory(await artifactsOf(modelJson)));
  return {
    async run({ data, dims }) {
      const input = tensor(data as Float32Array, [...dims]);
      const output = model.predict(input) as Tensor;
      const values = (await output.data()) as Float32Array;
      input.dispose();
      output.dispose();
      return values;
    },
    async release() {
      model.dispose();
    },
  };
}
