import type { InferenceSession, SessionOptions, WasmSource } from '@zeroskip/runner';
import { env } from '../env.ts';
import { refusal } from '../refusal.ts';
import type { RunnerSession } from './platform.ts';

export const processId = 1;

/** A page reads addresses of any kind by itself. */
export const localPath = (text: string) => text;

/** A page writes no files: a link to the text is in the console. */
export function writeText(path: string, text: string): void {
  console.info(`${path}: ${URL.createObjectURL(new Blob([text], { type: 'application/json' }))}`);
}

export function pngUrl(): string {
  throw refusal('a picture', 'a canvas with toDataURL, which workers do not have', 'none');
}

/** Where `env.wasm` says that the module is, but for onnxruntime's own files. */
function givenModule(): WasmSource | undefined {
  const { wasmPaths, wasmBinary } = env.wasm;
  if (wasmBinary) return wasmBinary as ArrayBuffer;
  const path = typeof wasmPaths === 'object' ? wasmPaths.wasm : wasmPaths;
  if (path === undefined || /(^|\/)ort[\w.-]*\.wasm$/.test(String(path))) return undefined;
  return typeof wasmPaths === 'object' ? path : `${String(path).replace(/\/*$/, '')}/`;
}

type Arguments = Parameters<typeof InferenceSession.create>;

async function create(module: WasmSource | undefined, ...args: Arguments): Promise<RunnerSession> {
  if (env.wasm.proxy) {
    const { InferenceSession, prepareProxy } = await import('@zeroskip/runner/proxy');
    prepareProxy(module === undefined ? {} : { module });
    return InferenceSession.create(...args);
  }
  const { InferenceSession, prepareAddon } = await import('@zeroskip/runner');
  if (module !== undefined) await prepareAddon(module);
  return InferenceSession.create(...args);
}

/** Pages name onnxruntime's files, which are of no use here. */
let hasWarned = false;

function warn({ message }: Error): void {
  if (!hasWarned) {
    console.warn(
      `What env.wasm names is no module of Zeroskip, and the one beside its code is taken: ${message}`,
    );
  }
  hasWarned = true;
}

export async function createSession(
  model: Arguments[0],
  options: SessionOptions = {},
): Promise<RunnerSession> {
  const { numThreads } = env.wasm;
  const all = { ...(numThreads && { intraOpNumThreads: numThreads }), ...options };
  const module = givenModule();
  try {
    return await create(module, model, all);
  } catch (error) {
    if (module === undefined || (error as { code?: string }).code !== 'ERR_ADDON_UNAVAILABLE') throw error;
    warn(error as Error);
    return create(undefined, model, all);
  }
}
