/** Models in files of this machine; pages have `local.browser.ts`. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { typeError } from '@zeroskip/tensor';

/** The path that a model is read from; undefined for the address of one that is fetched. */
export function localPath(url: string): string | undefined {
  if (!/^file:/i.test(url)) return /^[a-z][a-z\d+.-]+:/i.test(url) ? undefined : url;
  // TensorFlow.js takes file://model.json for a path, too, where Node sees the name of another machine.
  const path = url.slice('file://'.length);
  if (/^file:\/\//i.test(url) && !path.startsWith('/')) return path;
  try {
    return fileURLToPath(url);
  } catch {
    throw typeError('the address of a model', 'a file: URL of this machine', url, 'ERR_INVALID_ARGUMENT');
  }
}

/** A `model.json` that the runner has read. */
export const readText = (path: string) => readFile(path, 'utf8');
