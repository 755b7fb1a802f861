import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStart } from '@zeroskip/batch';
import type { Results } from '@zeroskip/runner';
import { type ElementType, Tensor, type TensorData, unexpected, ZeroskipError } from '@zeroskip/tensor';
import type { PeerContender, PeerOptions } from './peer.ts';
import { type PeerFailure, PeerProcess } from './process.ts';
import { profiledRuns } from './profile.ts';

/** Version of the installed package. */
export function onnxruntimeVersion(): string {
  return (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version;
}

const TFLITE = 'TFL3';
const TFLITE_AT = 4;

/** @throws with code `ERR_INVALID_ARGUMENT` for a model of TensorFlow.js or TensorFlow Lite */
export async function assertOnnx(model: string): Promise<void> {
  const start = (await readStart('the model', model, 64)).toString('latin1');
  const isLite = start.startsWith(TFLITE, TFLITE_AT);
  if (!isLite && !start.trimStart().startsWith('{')) return;
  throw unexpected(
    'ERR_INVALID_ARGUMENT',
    'the peer onnxruntime',
    'an ONNX file',
    `a model of TensorFlow${isLite ? ' Lite' : '.js'}: it needs the network as zeroskip export writes it`,
  );
}

/** A failure in the peer's process, with the command that mends it where the package is missing. */
export function onnxruntimeError({ message, code }: PeerFailure): ZeroskipError {
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_DLOPEN_FAILED') {
    const reason = code === 'ERR_MODULE_NOT_FOUND' ? 'is not installed' : `cannot be loaded (${message})`;
    return new ZeroskipError(
      `The peer onnxruntime ${reason}; install it beside @zeroskip/cli with "npm install onnxruntime-node".`,
      { code: 'ERR_ADDON_UNAVAILABLE', expected: 'the package onnxruntime-node' },
    );
  }
  return new ZeroskipError(`The peer onnxruntime failed: ${message}`, { code: 'ERR_NATIVE' });
}

interface Answer {
  readonly ms: number;
  readonly outputs?: readonly { name: string; type: string; data: TensorData; dims: readonly number[] }[];
}

const PROFILE = 'profile';

function sessionOptions(threads: number, profileFolder: string | undefined) {
  return {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    // While another contender runs, its threads must not spin.
    extra: { session: { force_spinning_stop: '1' } },
    ...(profileFolder && { enableProfiling: true, profileFilePrefix: join(profileFolder, PROFILE) }),
  };
}

/** The runs that `profile` wrote to `folder`, those that were timed. */
async function readProfile(folder: string, timed: readonly boolean[]) {
  const [file] = (await readdir(folder)).filter((name) => name.startsWith(PROFILE));
  const runs = profiledRuns(await readFile(join(folder, file!), 'utf8'));
  if (runs.length !== timed.length) {
    const expected = `${timed.length} runs`;
    throw new ZeroskipError(
      `Expected ${expected} in the profile of onnxruntime, which keeps a million events, received ${runs.length}; take fewer --runs.`,
      { code: 'ERR_LIMIT_EXCEEDED', expected, received: String(runs.length) },
    );
  }
  return runs.filter((_, i) => timed[i]);
}

/**
 * ONNX Runtime's CPU provider with every graph optimization, one operator after the other, in a process of its own.
 * @param model a path, or the file's bytes
 */
export async function onnxruntimeContender(
  model: string | Uint8Array,
  { threads, profile }: PeerOptions,
): Promise<PeerContender> {
  const folder = profile ? await mkdtemp(join(tmpdir(), 'zeroskip-profile-')) : undefined;
  const process = new PeerProcess('onnxruntime', 'onnxruntime.js', onnxruntimeError);
  const release = async () => {
    await process.end();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    await process.call('open', { model, options: sessionOptions(threads, folder) });
  } catch (error) {
    await release();
    throw error;
  }
  const keys = new Map<Tensor, number>();
  const timed: boolean[] = [];
  const run = async (input: Tensor, wantsOutputs: boolean) => {
    let key = keys.get(input);
    if (key === undefined) {
      key = keys.size;
      const { type, data, dims } = input;
      await process.call('put', { key, type, data, dims });
      keys.set(input, key);
    }
    timed.push(!wantsOutputs);
    return process.call<Answer>('run', { key, wantsOutputs });
  };
  return {
    name: 'onnxruntime',
    threads,
    async run(input): Promise<Results> {
      const { outputs } = await run(input, true);
      return Object.fromEntries(
        outputs!.map(({ name, type, data, dims }) => [
          name,
          new Tensor(type as ElementType, data as Float32Array, dims),
        ]),
      );
    },
    async time(input) {
      const { ms } = await run(input, false);
      return { ms };
    },
    release,
    async nodeTimes() {
      if (folder === undefined) return undefined;
      await process.call('endProfiling');
      return readProfile(folder, timed);
    },
  };
}
