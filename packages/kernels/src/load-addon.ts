import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
// The default import: webpack replaces what an imported createRequire returns, and file tracing follows
// module.createRequire.
import module from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import workerThreads from 'node:worker_threads';
import type * as Wasm from '@zeroskip/kernels-wasm32';
import { ZeroskipError } from '@zeroskip/tensor';
import manifest from '../package.json' with { type: 'json' };
import type { NativeAddon } from './addon.ts';

/** The file that holds this code: in a bundle, `import.meta` may be empty, or tell of the machine that made it. */
function ownFile(): string {
  if (import.meta.filename) return import.meta.filename;
  if (typeof __filename === 'string') return resolve(__filename);
  return import.meta.url ? fileURLToPath(import.meta.url) : (process.argv[1] ?? process.execPath);
}

/** Where an executable of Bun sees its own program. */
const INSIDE_BUN = /^(\/\$bunfs|B:\/~BUN)\//;
const file = INSIDE_BUN.test(process.argv[1] ?? '') ? process.execPath : ownFile();
const folder = dirname(file);
const require = module.createRequire(file);
const packageRoot = join(folder, '..');

type PlatformPackage = keyof typeof manifest.optionalDependencies;

/** Literals, for file tracing to follow; bundlers, which cannot read what they name, do not know this `require`. */
const prebuilt: Readonly<Record<PlatformPackage, () => NativeAddon>> = {
  '@zeroskip/kernels-linux-arm64': () => require('@zeroskip/kernels-linux-arm64'),
  '@zeroskip/kernels-linux-x64': () => require('@zeroskip/kernels-linux-x64'),
  '@zeroskip/kernels-linux-x64-musl': () => require('@zeroskip/kernels-linux-x64-musl'),
  '@zeroskip/kernels-win32-x64': () => require('@zeroskip/kernels-win32-x64'),
};

const BUNDLING_PAGE = 'https://github.com/zeroskip/zeroskip/blob/main/docs/bundling.md';

/** The first page of a file. */
function beginning(path: string): Buffer {
  const bytes = Buffer.alloc(4096);
  const descriptor = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

/** By the loader that the running program names. */
function hasMusl(): boolean {
  return process.platform === 'linux' && beginning(process.execPath).includes('/ld-musl-');
}

/** `linux-x64`, `linux-x64-musl`, `darwin-arm64`, …: what the package of this platform's addon is named after. */
export function platformId(): string {
  return `${process.platform}-${process.arch}${hasMusl() ? '-musl' : ''}`;
}

interface Source {
  readonly found: string | undefined;
  readonly lookedFor: string;
  readonly mend: string;
  load(path: string): NativeAddon;
}

function fromFile(path: string, mend: string): Source {
  const absolute = resolve(path);
  const load = absolute.endsWith('.wasm') ? loadWasm : loadNative;
  return { found: existsSync(absolute) ? absolute : undefined, lookedFor: absolute, mend, load };
}

function fromVariable(value: string): Source {
  if (value === 'wasm') return fromWasm();
  return fromFile(value, `Give ZEROSKIP_ADDON the path of an addon for ${platformId()}, or unset it.`);
}

function isBundled(): boolean {
  const path = join(packageRoot, 'package.json');
  return !existsSync(path) || JSON.parse(readFileSync(path, 'utf8')).name !== manifest.name;
}

function besideBundle(): Source {
  return fromFile(
    join(folder, 'zeroskip.node'),
    `${file} is a bundle, which holds no native code. Leave @zeroskip/runner and @zeroskip/kernels out of it (esbuild, ` +
      'Bun: --external; Rollup: external; webpack: externals; Vite: ssr.external; Next.js: serverExternalPackages), or copy ' +
      `zeroskip.node beside it: ${BUNDLING_PAGE}.`,
  );
}

function fromSource(): string {
  return (
    'To build it from source, install g++, make, python3 and Google Highway (Debian: apt-get install g++ make python3 ' +
    'libhwy-dev), then run "npm install --save-dev node-gyp node-addon-api" and ' +
    `"node ${join(packageRoot, 'native', 'build.mjs')} --clean".`
  );
}

function fromBuild(): Source {
  return fromFile(join(packageRoot, 'build', 'Release', 'zeroskip.node'), fromSource());
}

function fromPackage(): Source {
  const name = `@zeroskip/kernels-${platformId()}`;
  if (!Object.hasOwn(prebuilt, name)) {
    const platforms = Object.keys(prebuilt).map((each) => each.replace('@zeroskip/kernels-', ''));
    return {
      found: undefined,
      lookedFor: name,
      mend: `There are prebuilt addons for ${platforms.join(', ')} only. ${fromSource()}`,
      load: loadNative,
    };
  }
  return {
    found: resolvePackage(name),
    lookedFor: `the package ${name}`,
    mend:
      'Remove node_modules and package-lock.json and run "npm install --include=optional", or run ' +
      `"npm install --force ${name}@${manifest.version}". ${fromSource()} If node_modules was copied: ${BUNDLING_PAGE}.`,
    load: (path) => loadNative(path, prebuilt[name as PlatformPackage]),
  };
}

const WASM_PACKAGE = '@zeroskip/kernels-wasm32';

/** The kernels as WebAssembly, which every platform runs. */
function fromWasm(): Source {
  const { bestKind, moduleFile } = resolvePackage(WASM_PACKAGE) ? wasm() : {};
  return {
    found: bestKind && resolvePackage(`${WASM_PACKAGE}/${moduleFile!(bestKind())}`),
    lookedFor: `the package ${WASM_PACKAGE}`,
    mend: `Run "npm install ${WASM_PACKAGE}@${manifest.version}".`,
    load: loadWasm,
  };
}

const wasm = (): typeof Wasm => require('@zeroskip/kernels-wasm32');

function loadWasm(path: string): NativeAddon {
  const module = new WebAssembly.Module(readFileSync(path));
  return wasm().instantiate(module, workerThreads) as unknown as NativeAddon;
}

function resolvePackage(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch (error) {
    if ((error as { code?: string }).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Processors by the number that an ELF header has for them. */
const ELF_MACHINES: Readonly<Record<number, string>> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64' };
const ELF_MAGIC = 0x7f454c46;
const ELF64_HEADER_BYTES = 64;

/** Why a file is no addon for this platform, where its header tells: the system dies of one that was cut off. */
function misfit(path: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  // Whole: Bun opens no file inside a single executable.
  const bytes = readFileSync(path);
  if (bytes.length < ELF64_HEADER_BYTES || bytes.readUInt32BE(0) !== ELF_MAGIC)
    return 'it is damaged: no ELF file';
  const machine = bytes.readUInt16LE(18);
  const arch = ELF_MACHINES[machine] ?? `processor ${machine}`;
  if (arch !== process.arch) return `it is for linux-${arch}`;
  const end = Number(bytes.readBigUInt64LE(40)) + bytes.readUInt16LE(58) * bytes.readUInt16LE(60);
  return bytes.length < end ? `it is damaged: ${bytes.length} bytes of ${end}` : undefined;
}

function loadNative(path: string, load: () => NativeAddon = () => require(path)): NativeAddon {
  const reason = misfit(path);
  if (reason !== undefined) throw new Error(reason);
  return load();
}

let loaded: NativeAddon | undefined;
let loadedFrom = '';

/**
 * The native addon: the file that the environment variable `ZEROSKIP_ADDON` names and no other, or else a local
 * build first, for code in a bundle `zeroskip.node` beside it, then the package of this platform. A file that is there
 * and cannot be loaded ends the search. Where there is none, or `ZEROSKIP_ADDON` is `wasm`: the kernels as WebAssembly,
 * with a warning of the process unless they were asked for.
 * @throws `ZeroskipError` with code `ERR_ADDON_UNAVAILABLE` that names the platform, what was looked for
 *   and the command that mends it.
 */
export function loadAddon(): NativeAddon {
  if (loaded) return loaded;
  const { ZEROSKIP_ADDON } = process.env;
  const isInBundle = isBundled();
  const sources = ZEROSKIP_ADDON
    ? [fromVariable(ZEROSKIP_ADDON)]
    : [isInBundle ? besideBundle() : fromBuild(), fromPackage()];
  const native = sources.find(({ found }) => found !== undefined);
  const source = native ?? (ZEROSKIP_ADDON ? undefined : fromWasm());
  const lookedFor = sources.map((each) => each.lookedFor);
  const { mend } = sources.at(isInBundle ? 0 : -1)!;
  if (source?.found === undefined) {
    throw new ZeroskipError(
      `@zeroskip/kernels has no native addon for ${platformId()}: looked for ${lookedFor.join(' and ')}. ${mend}`,
      {
        code: 'ERR_ADDON_UNAVAILABLE',
        expected: lookedFor.join(' or '),
        received: 'neither file nor package',
      },
    );
  }
  try {
    loaded = source.load(source.found);
    loadedFrom = source.found;
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new ZeroskipError(
      `The native addon ${source.found} cannot be loaded on ${platformId()}: ${reason}. ${source.mend}`,
      {
        code: 'ERR_ADDON_UNAVAILABLE',
        expected: `an addon for ${platformId()}`,
        received: reason,
        cause,
      },
    );
  }
  if (source !== native) {
    process.emitWarning(
      `${platformId()} has no native addon of Zeroskip, WebAssembly is used instead. ${mend}`,
      {
        type: 'ZeroskipWarning',
        code: 'ZEROSKIP_WEBASSEMBLY',
      },
    );
  }
  return loaded;
}

/** The file that the native addon was loaded from: a `.wasm` one where that is WebAssembly. */
export function addonPath(): string {
  loadAddon();
  return loadedFrom;
}

/**
 * Of the kernels as WebAssembly: where the module is, or its folder, which ends with `/`; its bytes; or what was
 * compiled of them.
 */
export type WasmSource = string | URL | ArrayBuffer | ArrayBufferView<ArrayBuffer> | WebAssembly.Module;

/**
 * Loads the kernels: `loadAddon`, for programs that run in browsers, too. There they are fetched, so this comes before
 * anything else of this package; sessions of `@zeroskip/runner` see to it.
 * @param _source for browsers alone: another place of the module than beside the code of `@zeroskip/kernels-wasm32`
 */
export async function prepareAddon(_source?: WasmSource): Promise<void> {
  loadAddon();
}
