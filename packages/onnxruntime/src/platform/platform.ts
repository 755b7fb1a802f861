/** What differs between Node and browsers, whose version is `platform.browser.ts`: here, Node's. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InferenceSession } from '@zeroskip/runner';
import { PNG } from 'pngjs';
import type { Pixels } from '../tensor/image/pixels.ts';

/** Of profiles. */
export const processId = process.pid;

/** The path that a `file:` URL names; any other string as it is. */
export function localPath(text: string): string {
  return /^file:/i.test(text) ? fileURLToPath(text) : text;
}

export function writeText(path: string, text: string): void {
  writeFileSync(path, text);
}

/** A picture as the URL of a PNG, where there is no canvas that makes one. */
export function pngUrl({ data, width, height }: Pixels): string {
  const png = new PNG({ width, height });
  png.data.set(data);
  return `data:image/png;base64,${PNG.sync.write(png).toString('base64')}`;
}

/** What is used of a session of the runner, or of one in a worker. */
export type RunnerSession = Pick<
  InferenceSession,
  'inputNames' | 'outputNames' | 'inputMetadata' | 'outputMetadata' | 'run' | 'release'
>;

type Arguments = Parameters<typeof InferenceSession.create>;

export function createSession(...args: Arguments): Promise<RunnerSession> {
  return InferenceSession.create(...args);
}
