import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ZeroskipError } from '@zeroskip/tensor';
import manifest from '../package.json' with { type: 'json' };
import type { NativeAddon } from './addon.ts';

const require = createRequire(import.meta.url);
const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..');

function hasMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return !report?.header?.glibcVersionRuntime;
}

/** `linux-x64`, `linuxmusl-x64`, `darwin-arm64`, …: what the package of this platform's addon is named after. */
export function platformId(): string {
  return `${process.platform}${hasMusl() ? 'musl' : ''}-${process.arch}`;
}

interface Source {
  readonly found: string | undefined;
  readonly lookedFor: string;
  readonly mend: string;
}

function fromSource(): string {
  return (
    'To build it from source, install g++, make, python3 and Google Highway (Debian: apt-get install g++ make python3 ' +
    'libhwy-dev), then run "npm install --save-dev node-gyp node-addon-api" and ' +
    `"node ${join(packageRoot, 'native', 'build.mjs')} --clean".`
  );
}

function fromVariable(path: string): Source {
  const absolute = resolve(path);
  return {
    found: existsSync(absolute) ? absolute : undefined,
    lookedFor: absolute,
    mend: `Give ZEROSKIP_ADDON the path of an addon for ${platformId()}, or unset it.`,
  };
}

function fromBuild(): Source {
  const path = join(packageRoot, 'build', 'Release', 'zeroskip.node');
  return { found: existsSync(path) ? path : undefined, lookedFor: path, mend: fromSource() };
}

function fromPackage(): Source {
  const name = `@zeroskip/kernels-${platformId()}`;
  const prebuilt = Object.keys(manifest.optionalDependencies);
  if (!prebuilt.includes(name)) {
    const platforms = prebuilt.map((each) => each.replace('@zeroskip/kernels-', '')).join(', ');
    return {
      found: undefined,
      lookedFor: name,
      mend: `There are prebuilt addons for ${platforms} only. ${fromSource()}`,
    };
  }
  return {
    found: resolvePackage(name),
    lookedFor: `the package ${name}`,
    mend:
      'Remove node_modules and package-lock.json and run "npm install --include=optional", or run ' +
      `"npm install --force ${name}@${manifest.version}". ${fromSource()}`,
  };
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
  const header = Buffer.alloc(ELF64_HEADER_BYTES);
  const file = openSync(path, 'r');
  const length = readSync(file, header);
  const { size } = fstatSync(file);
  closeSync(file);
  if (length < ELF64_HEADER_BYTES || header.readUInt32BE(0) !== ELF_MAGIC)
    return 'it is damaged: no ELF file';
  const machine = header.readUInt16LE(18);
  const arch = ELF_MACHINES[machine] ?? `processor ${machine}`;
  if (arch !== process.arch) return `it is for linux-${arch}`;
  const end = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
  return size < end ? `it is damaged: ${size} bytes of ${end}` : undefined;
}

function open(path: string): NativeAddon {
  const reason = misfit(path);
  if (reason !== undefined) throw new Error(reason);
  return require(path) as NativeAddon;
}

let loaded: NativeAddon | undefined;
let loadedFrom = '';

/**
 * The native addon: the file that the environment variable `ZEROSKIP_ADDON` names and no other, or else a local
 * build first, then the package of this platform. A file that is there and cannot be loaded ends the search.
 * @throws `ZeroskipError` with code `ERR_ADDON_UNAVAILABLE` that names the platform, what was looked for
 *   and the command that mends it.
 */
export function loadAddon(): NativeAddon {
  if (loaded) return loaded;
  const { ZEROSKIP_ADDON } = process.env;
  const sources = ZEROSKIP_ADDON ? [fromVariable(ZEROSKIP_ADDON)] : [fromBuild(), fromPackage()];
  const source = sources.find(({ found }) => found !== undefined);
  if (source?.found === undefined) {
    const lookedFor = sources.map((each) => each.lookedFor);
    throw new ZeroskipError(
      `@zeroskip/kernels has no native addon for ${platformId()}: looked for ${lookedFor.join(' and ')}. ${sources.at(-1)!.mend}`,
      {
        code: 'ERR_ADDON_UNAVAILABLE',
        expected: lookedFor.join(' or '),
        received: 'neither file nor package',
      },
    );
  }
  try {
    loaded = open(source.found);
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
  return loaded;
}

/** The file that the native addon was loaded from. */
export function addonPath(): string {
  loadAddon();
  return loadedFrom;
}
