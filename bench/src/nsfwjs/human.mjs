// Finds people in photos with @vladmandic/human, in the project that it was copied to. It knows nothing of Zeroskip.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import './serve-requests.mjs';

const require = createRequire(import.meta.url);
// Its exports lead to the program for tfjs-node alone.
const root = fileURLToPath(new URL('node_modules/@vladmandic/human', import.meta.url));
const wasm = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
const { Human } = require(join(root, 'dist', 'human.node-wasm.js'));

const off = { enabled: false };
const on = { enabled: true };
let human;
let images;

/** It fetches models, also in Node.js. */
async function serveModels() {
  const server = createServer(async ({ url }, response) => {
    const bytes = await readFile(join(root, 'models', url.slice(1))).catch(() => undefined);
    response.statusCode = bytes ? 200 : 404;
    response.end(bytes);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return `http://127.0.0.1:${server.address().port}/`;
}

/** What was found, as names with numbers, which do not depend on the size of the photo. */
function* found({ face, body, object }) {
  for (const [i, { score, boxRaw, age, genderScore, real, live, meshRaw }] of face.entries()) {
    const numbers = { score, age: age / 100, genderScore, real, live };
    for (const [name, value] of Object.entries(numbers)) yield { label: `face ${i} ${name}`, value };
    for (const value of [...boxRaw, ...meshRaw[0]]) yield { label: `face ${i} place`, value };
  }
  for (const [i, { score, keypoints }] of body.entries()) {
    yield { label: `body ${i}`, value: score };
    for (const { part, positionRaw } of keypoints)
      for (const value of positionRaw) yield { label: `body ${i} ${part}`, value };
  }
  for (const { label, score, boxRaw } of object)
    for (const value of [score, ...boxRaw]) yield { label, value };
}

globalThis.requests = {
  async start({ backend, photos }) {
    human = new Human({
      ...{ backend, wasmPath: join(wasm, 'dist/'), modelBasePath: await serveModels() },
      ...{ debug: false, async: false, warmup: 'none', cacheModels: false, cacheSensitivity: 0 },
      ...{ filter: off, hand: off, gesture: off, body: on, object: on },
      face: {
        ...on,
        detector: { rotation: false },
        mesh: on,
        iris: on,
        emotion: on,
        antispoof: on,
        liveness: on,
      },
    });
    await human.load();
    images = photos.map(({ data, width, height }) =>
      human.tf.tensor(new Float32Array(data), [1, height, width, 3]),
    );
  },

  async run({ photo }) {
    const begin = performance.now();
    const result = await human.detect(images[photo]);
    return { ms: performance.now() - begin, answer: [...found(result)] };
  },
};
