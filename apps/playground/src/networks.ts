import type { NormalisationId } from './image/normalisation.ts';

/** A network that the site carries; `scripts/site.mjs` prepares its files. */
export interface Network {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** From the page. */
  readonly address: string;
  readonly normalisation: NormalisationId;
  /** What is shown of its outputs; the first that can be without. */
  readonly output?: string;
  /** Names of the classes, by index. */
  readonly labels?: readonly string[];
}

export const networks: readonly Network[] = [
  {
    id: 'isnet',
    title: 'ISNet',
    text: 'Separates what a photo shows from its background. ONNX, 1024 × 1024 pixels, a file of 88 MB.',
    address: 'models/isnet.onnx',
    normalisation: 'centred',
    output: 'output',
  },
  {
    id: 'mobilenet',
    title: 'MobileNetV2 of nsfwjs',
    text: 'Classifies photos by how fit they are for everybody. TensorFlow.js, 224 × 224 pixels, files of 3 MB.',
    address: 'models/mobilenet-v2/model.json',
    normalisation: 'unit',
    labels: ['Drawing', 'Hentai', 'Neutral', 'Porn', 'Sexy'],
  },
];
