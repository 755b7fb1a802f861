import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ZeroskipError } from '@zeroskip/tensor';
import type { NativeAddon } from './addon.ts';

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..');

function libc(): string {
  if (process.platform !== 'linux') return '';
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime ? 'glibc' : 'musl';
}

/** `linux-x64-glibc`, `darwin-arm64`, …: the folder of this platform's prebuilt addon. */
export function platformId(): string {
  return [process.platform, process.arch, libc()].filter(Boolean).join('-');
}

function candidates(): string[] {
  const { ZEROSKIP_ADDON } = process.env;
  if (ZEROSKIP_ADDON) return [resolve(ZEROSKIP_ADDON)];
  return [
    join(packageRoot, 'build', 'Release', 'zeroskip.node'),
    join(packageRoot, 'prebuilds', platformId(), 'zeroskip.node'),
  ];
}

let loaded: NativeAddon | undefined;
let loadedFrom = '';

/**
 * The native addon: the file that the environment variable `ZEROSKIP_ADDON` names and no other, or else a local
 * build first, then the prebuilt binary of this platform.
 * @throws `ZeroskipError` with code `ERR_ADDON_UNAVAILABLE` that names the platform, the files looked for
 *   and the command that mends it.
 */
export function loadAddon(): NativeAddon {
  if (loaded) return loaded;
  const paths = candidates();
  const found = paths.find((path) => existsSync(path));
  const mend =
    'To build it from source: install g++ and Google Highway (Debian: apt-get install g++ libhwy-dev), then run ' +
    '"npx node-gyp rebuild" in the folder of @zeroskip/kernels.';
  if (!found) {
    throw new ZeroskipError(
      `@zeroskip/kernels has no native addon for ${platformId()}. Looked for ${paths.join(' and ')}. ${mend}`,
      { code: 'ERR_ADDON_UNAVAILABLE', expected: paths.join(' or '), received: 'no such file' },
    );
  }
  try {
    loaded = createRequire(import.meta.url)(found) as NativeAddon;
    loadedFrom = found;
  } catch (cause) {
    throw new ZeroskipError(
      `The native addon ${found} cannot be loaded on ${platformId()}: ${(cause as Error).message} ${mend}`,
      {
        code: 'ERR_ADDON_UNAVAILABLE',
        expected: 'a loadable addon',
        received: (cause as Error).message,
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
