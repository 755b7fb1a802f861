/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: '@xenova/transformers',
  version: '2.17.2',
  engine: 'onnxruntime-node',
  overrides: { sharp: '0.35.5' },
};

export async function start({ photo, transformers }) {
  const { env, pipeline } = await import('@xenova/transformers');
  env.allowRemoteModels = false;
  env.localModelPath = transformers;
  const classify = await pipeline('image-classification', 'mobilenet-v2', { quantized: false });
  return { 'image classification': () => classify(photo, { topk: 5 }) };
}
