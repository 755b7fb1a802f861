import { resolve } from 'node:path';

/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: 'detypify-service',
  version: '0.3.0',
  engine: 'onnxruntime-web',
  install: { '@napi-rs/canvas': '0.1.84' },
};

/** A pi, drawn by hand. */
const STROKES = [
  [
    [10, 22],
    [20, 16],
    [60, 15],
    [92, 17],
  ],
  [
    [36, 17],
    [34, 50],
    [24, 84],
  ],
  [
    [66, 16],
    [65, 60],
    [70, 80],
    [84, 82],
  ],
];

export async function start() {
  const { createCanvas } = await import('@napi-rs/canvas');
  globalThis.document = { createElement: () => createCanvas(1, 1) };
  const { InferenceSession } = await import('onnxruntime-web');
  const { Detypify, inferSyms } = await import('detypify-service');
  // Its own create() gives a URL, which a browser fetches and Node.js does not.
  const model = resolve('node_modules', 'detypify-service', 'train', 'model.onnx');
  const service = new Detypify(await InferenceSession.create(model));
  const classify = async () => {
    const scores = await service.infer(STROKES);
    return { symbol: inferSyms[scores.indexOf(Math.max(...scores))], scores };
  };
  return { 'drawn symbol': classify };
}
