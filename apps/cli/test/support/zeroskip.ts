import { readFileSync } from 'node:fs';
import { writeNpy } from '@zeroskip/batch';
import { Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import sharp from 'sharp';
import { beforeAll } from 'vitest';
import { runCli } from '../../src/cli.ts';
import { WIDTH } from '../../src/report/table.ts';
import { twoConvolutionsModel } from './network.ts';
import { recordingTerminal } from './terminal.ts';

/** Runs a command line, and keeps what it says. */
export async function zeroskip(...args: string[]) {
  const terminal = recordingTerminal();
  const status = await runCli(args, terminal);
  return { status, out: terminal.out, err: terminal.err };
}

export function json<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** The records of a file with one on each line. */
export const jsonLines = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Lines that do not fit the page. */
export const wideLines = (text: string) => text.split('\n').filter((line) => line.length > WIDTH);

/** What `networkFolder` writes as `array`. */
export const values = sparseValues(576, 0.5, 7);

/** A folder with a network of two convolutions, and inputs for it. */
export function networkFolder() {
  const files = { ...temporaryFolder(), model: '', array: '', photo: '' };
  beforeAll(async () => {
    files.model = files.write('model.onnx', twoConvolutionsModel());
    files.array = files.write('x.npy', writeNpy(new Tensor('float32', values, [1, 3, 16, 12])));
    const noise = Uint8Array.from({ length: 3 * 40 * 30 }, (_, i) => (i * 73) % 256);
    const image = sharp(noise, { raw: { width: 40, height: 30, channels: 3 } });
    files.photo = files.write('photo.jpg', await image.jpeg().toBuffer());
  });
  /** The words of a line; `@` stands for the folder. */
  const words = (line: string) => line.split(' ').map((word) => word.replace(/^@/, files.path('/')));
  const run = (line: string) => zeroskip(...words(line));
  /** Runs a command on the network and the array. */
  const on = (command: string, ...args: string[]) =>
    zeroskip(command, files.model, '--input', files.array, ...args);
  return { folder: files, words, run, on };
}
