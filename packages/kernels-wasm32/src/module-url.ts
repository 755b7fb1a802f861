import { type ModuleKind, moduleFile } from './kinds.ts';

/** Written out: bundlers look for literals. */
const URLS: Readonly<Record<string, () => URL>> = {
  'zeroskip.wasm': () => new URL('./zeroskip.wasm', import.meta.url),
  'zeroskip-relaxed.wasm': () => new URL('./zeroskip-relaxed.wasm', import.meta.url),
  'zeroskip-threads.wasm': () => new URL('./zeroskip-threads.wasm', import.meta.url),
  'zeroskip-threads-relaxed.wasm': () => new URL('./zeroskip-threads-relaxed.wasm', import.meta.url),
};

/** Where a page finds a module: beside this code. */
export function moduleUrl(kind: ModuleKind): URL {
  return URLS[moduleFile(kind)]!();
}
