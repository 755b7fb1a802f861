import { dirname, join, parse, resolve } from 'node:path';
import { unexpected } from '@zeroskip/tensor';
import { readBytes, readIfThere } from '../files.ts';
import { defaultPreparation, type Preparation } from '../images/preparation.ts';
import type { Task } from '../tasks/task.ts';
import { type Preset, parsePreset } from './preset.ts';

/** A preset with its labels read, and all that it leaves open filled in. */
export interface ReadPreset {
  readonly preparation: Preparation;
  readonly task: Partial<Task>;
  /** The preset's file; undefined where there is none. */
  readonly path: string | undefined;
}

/** The preset that stands beside a model: `isnet.preset.json` beside `isnet.onnx`. */
export function presetPath(model: string): string {
  const { dir, name } = parse(model);
  return join(dir, `${name}.preset.json`);
}

/**
 * Reads labels: one on each line, or JSON, an array of names or an object of names by number.
 * @throws with code `ERR_INVALID_FORMAT` for other JSON
 */
export function parseLabels(text: string, what: string): string[] {
  if (!/^\s*[[{]/.test(text)) {
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.trim());
  }
  const expected = 'JSON: an array of names, or an object of names by number from 0';
  const refuse = (received: string, cause?: unknown) =>
    unexpected('ERR_INVALID_FORMAT', what, expected, received, cause);
  let json: object;
  try {
    json = JSON.parse(text) as object;
  } catch (cause) {
    throw refuse('a file that is none', cause);
  }
  const entries = Object.entries(json);
  const labels = entries.map((_, index) => (json as Record<string, unknown>)[index]);
  const isName = (label: unknown): label is string => typeof label === 'string';
  if (!labels.every(isName)) throw refuse('others');
  return labels;
}

/** Reads a file of labels; see `parseLabels`. */
export async function readLabels(path: string, what = '--labels'): Promise<string[]> {
  return parseLabels((await readBytes(what, path)).toString('utf8'), `${what} ${JSON.stringify(path)}`);
}

async function presetAt(model: string, given: string | undefined) {
  const path = given ?? presetPath(model);
  const file = await (given === undefined ? readIfThere : readBytes)('--preset', path);
  const preset: Preset = file === undefined ? {} : parsePreset(file.toString('utf8'), `the preset ${path}`);
  return { path: file && path, preset };
}

/**
 * Reads the preset of a model: the file that is given, or the one beside the model, where there is one.
 * @throws with code `ERR_FILE` where a file that is given cannot be read, `ERR_INVALID_FORMAT` for what is no preset
 */
export async function readPreset(model: string, given?: string): Promise<ReadPreset> {
  const { path, preset } = await presetAt(model, given);
  const { labels, ...output } = preset.output ?? {};
  const read =
    typeof labels === 'string' && path !== undefined
      ? await readLabels(resolve(dirname(path), labels), 'the labels of the preset')
      : (labels as readonly string[] | undefined);
  return {
    preparation: { ...defaultPreparation, ...preset.input },
    task: { ...output, ...(read && { labels: read }) },
    path,
  };
}
