/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: '@livekit/agents-plugin-silero',
  version: '1.9.0',
  engine: 'onnxruntime-node',
  install: { '@livekit/agents': '1.9.0', '@livekit/rtc-node': '0.13.34' },
};

/** Samples that come at a time, and that the network looks at. */
const FRAME = 160;
const WINDOW = 512;

export async function start({ speech }) {
  const { initializeLogger, VADEventType } = await import('@livekit/agents');
  const { AudioFrame } = await import('@livekit/rtc-node');
  const { VAD } = await import('@livekit/agents-plugin-silero');
  initializeLogger({ pretty: false, level: 'error' });
  const vad = await VAD.load({ sampleRate: speech.rate });
  const pcm = Int16Array.from(speech.samples, (value) => Math.round(value * 32767));
  const find = async () => {
    const stream = vad.stream();
    for (let at = 0; at < pcm.length; at += FRAME) {
      const part = pcm.slice(at, at + FRAME);
      stream.pushFrame(new AudioFrame(part, speech.rate, 1, part.length));
    }
    const events = [];
    // It has no way to say that its input ended.
    const last = pcm.length - (pcm.length % WINDOW);
    for await (const { type, samplesIndex, probability, speaking } of stream) {
      events.push({ type, samplesIndex, probability, speaking });
      if (type === VADEventType.INFERENCE_DONE && samplesIndex === last) break;
    }
    stream.close();
    return events;
  };
  return { 'speech events': find };
}
