import { bestKind, instantiate, moduleFile, moduleUrl } from '@zeroskip/kernels-wasm32';
import { ZeroskipError } from '@zeroskip/tensor';
import type { NativeAddon } from './addon.ts';
import type { WasmSource } from './load-addon.ts';

function unavailable(expected: string, received: string, cause?: unknown): ZeroskipError {
  return new ZeroskipError(`Expected ${expected}, received ${received}.`, {
    code: 'ERR_ADDON_UNAVAILABLE',
    expected,
    received,
    cause,
  });
}

async function compiled(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source !== 'string' && !(source instanceof URL)) return WebAssembly.compile(source);
  const address = String(source);
  const response = await fetch(address.endsWith('/') ? address + moduleFile(bestKind()) : address);
  if (!response.ok) throw new Error(`status ${response.status}`);
  // Not compileStreaming, which refuses what a server does not call application/wasm.
  return WebAssembly.compile(await response.arrayBuffer());
}

let loaded: NativeAddon | undefined;
let loading: Promise<NativeAddon> | undefined;
let loadedFrom = '';

async function load(source: WasmSource): Promise<NativeAddon> {
  const place = typeof source === 'string' || source instanceof URL ? String(source) : 'its bytes';
  try {
    const addon = instantiate(await compiled(source)) as unknown as NativeAddon;
    loadedFrom = place;
    return addon;
  } catch (cause) {
    throw unavailable(`a WebAssembly module of this version at ${place}`, (cause as Error).message, cause);
  }
}

/** Loads the kernels, once; later calls wait for the first. A call after one that failed tries again. */
export async function prepareAddon(source: WasmSource = moduleUrl(bestKind())): Promise<void> {
  loading ??= load(source);
  try {
    loaded = await loading;
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

export function loadAddon(): NativeAddon {
  if (!loaded) throw unavailable('prepareAddon() to be awaited first', 'a call before that');
  return loaded;
}

/** Where the module was loaded from. */
export function addonPath(): string {
  loadAddon();
  return loadedFrom;
}

export function platformId(): string {
  return 'wasm32';
}
