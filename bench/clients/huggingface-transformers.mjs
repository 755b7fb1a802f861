/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: '@huggingface/transformers',
  version: '4.3.1',
  engine: 'onnxruntime-node',
};

export async function start({ photo, transformers }) {
  const { env, pipeline } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  env.localModelPath = transformers;
  const cutOut = await pipeline('background-removal', 'isnet', { dtype: 'fp32' });
  const classify = await pipeline('image-classification', 'mobilenet-v2', { dtype: 'fp32' });
  return {
    'background removal': async () => (await cutOut(photo)).data,
    'image classification': () => classify(photo, { top_k: 5 }),
  };
}
