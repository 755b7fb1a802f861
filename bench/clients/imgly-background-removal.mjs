import { pathToFileURL } from 'node:url';

/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: '@imgly/background-removal-node',
  version: '1.4.5',
  engine: 'onnxruntime-node',
  overrides: { sharp: '0.35.5' },
};

export async function start({ photo }) {
  const { removeBackground } = await import('@imgly/background-removal-node');
  const configuration = { output: { format: 'image/x-rgba8' } };
  const remove = async () => {
    const cutOut = await removeBackground(pathToFileURL(photo).href, configuration);
    return new Uint8Array(await cutOut.arrayBuffer());
  };
  return { 'background removal': remove };
}
