import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forms as given, SECRET, seededRandom } from '@zeroskip/test-utils';
import { InferenceSession, type Tensor } from '../../../../src/index.ts';
import { tensorFlowJs } from '../../../../src/session/parse-model.ts';
import { layers } from '../layers.ts';
import { onnx } from '../onnx.ts';
import { runOnce } from '../run-once.ts';
import { type FuzzTarget, pick, withoutBytes } from '../target.ts';
import { formModels } from './form-models.ts';

const limits = { maxRunBytes: 2 ** 20, maxFoldedBytes: 2 ** 20, maxNodes: 1000, maxTensors: 1000 };
/** Forms that each input is given in, besides an array of its own. */
const FORMS = 2;

const FILE = 'a Buffer read from a file';

type Given = string | Uint8Array | ArrayBufferLike;

/** Refusals of models that only a path can lead to the other files of. */
const asksForFiles = /external data|a model given as bytes/;

let file: string | undefined;

/** The path of a file with these bytes, made anew for each input. */
function asPath(bytes: Uint8Array): string {
  if (file === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'zeroskip-fuzz-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    file = join(folder, 'model');
  }
  writeFileSync(file, bytes);
  return file;
}

const ways: readonly (readonly [form: string, (bytes: Uint8Array) => Given])[] = [
  ['a path', asPath],
  ...Object.entries(given).filter(([form]) => form !== FILE),
  [FILE, (bytes) => readFileSync(asPath(bytes))],
];

/** What a session says to a model, in words that are the same for the same bits. */
interface Answer {
  readonly words: string;
  readonly error?: unknown;
}

function wordsOf(results: Readonly<Record<string, Tensor>>): string {
  return Object.entries(results)
    .map(([name, { type, dims, data }]) => {
      const bits = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
      return `${name} ${type} [${dims}] ${bits}`;
    })
    .join('\n');
}

function overwrite(model: Given): void {
  if (typeof model === 'string') return;
  const bytes = model instanceof Uint8Array ? model : new Uint8Array(model);
  bytes.fill(SECRET);
}

async function answerTo(model: Given): Promise<Answer> {
  try {
    const session = await InferenceSession.create(model, { intraOpNumThreads: 1, limits });
    const results = await runOnce(session).finally(() => session.release());
    const words = wordsOf(results);
    overwrite(model);
    if (wordsOf(results) !== words)
      throw new Error('Expected results of their own, received the memory of the model.');
    return { words };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const path = typeof model === 'string' ? model : '';
    return { words: `${code}: ${path ? message.replaceAll(path, '') : message}`, error };
  }
}

function hashOf(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5);
}

async function attempt(input: Uint8Array): Promise<void> {
  const own = await answerTo(new Uint8Array(input));
  const random = seededRandom(hashOf(input));
  const chosen = new Set(Array.from({ length: FORMS }, () => pick(ways, random)));
  for (const [form, make] of chosen) {
    const { words } = await answerTo(make(input));
    if (words === own.words || (form === 'a path' && asksForFiles.test(words + own.words))) continue;
    throw new Error(
      `Given as ${form}, a model is not answered as its bytes are.\n${words}\ninstead of\n${own.words}`,
    );
  }
  if (own.error) throw own.error;
}

export const forms: FuzzTarget = {
  name: 'forms',
  guided: true,
  shortRuns: 600,
  seeds: formModels,
  mutate: (parent, other, random) =>
    (tensorFlowJs.accepts(parent) ? layers : onnx).mutate(parent, other, random),
  simpler: (input) => (tensorFlowJs.accepts(input) ? layers : onnx).simpler?.(input) ?? withoutBytes(input),
  attempt,
};
