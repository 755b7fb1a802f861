// Classifies photos with nsfwjs, in the project that it was copied to. It knows nothing of Zeroskip.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { load } from 'nsfwjs';
import './serve-requests.mjs';

const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
console.info = () => {};

let net;
let images;

globalThis.requests = {
  async start({ backend, model, photos }) {
    setWasmPaths(join(dirname(wasm), 'dist/'));
    await tf.setBackend(backend);
    net = await load(model);
    images = photos.map(({ data, width, height }) =>
      tf.tensor3d(new Int32Array(data), [height, width, 3], 'int32'),
    );
  },

  async run({ photo }) {
    const begin = performance.now();
    const classes = await net.classify(images[photo]);
    const ms = performance.now() - begin;
    return {
      ms,
      answer: classes.map(({ className, probability }) => ({ label: className, value: probability })),
    };
  },
};
