// Puts the addon of each platform into the package of that platform: see docs/releasing.md.
import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ask, main, root, SetupError } from '../../../scripts/processes.mjs';
import { nodeOf } from './foreign/nodes.mjs';
import { platforms } from './platforms.mjs';
import { sweep } from './variant.mjs';
import { buildWithZig } from './zig-addon.mjs';

/** What an addon may ask of a machine, as objdump tells it. */
const LIBRARIES = {
  linux: /^(libc|libm|libdl|libpthread|ld-linux-[\w-]+)\.so(\.\d+)?$/,
  win32: /^(KERNEL32|msvcrt|ADVAPI32|ntdll|api-ms-win-crt-[\w-]+)\.dll$/i,
};
/** The oldest C library that the addons for it ask for: that of RHEL 8, Debian 10, Ubuntu 20.04. */
const GLIBC_FLOOR = [2, 28];

function isBeyondFloor(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > GLIBC_FLOOR[0] || (major === GLIBC_FLOOR[0] && minor > GLIBC_FLOOR[1]);
}

/** Throws when the addon asks more of a machine than is documented. */
function checkRequirements(id, addon) {
  const headers = ask('objdump', ['-p', addon], { maxBuffer: 2 ** 26 });
  if (headers === undefined) throw new SetupError(`objdump cannot read ${addon}.`);
  const [system] = id.split('-');
  const foreign = [...headers.matchAll(/(?:NEEDED|DLL Name:)\s+(\S+)/g)]
    .map(([, name]) => name)
    .filter((name) => !LIBRARIES[system].test(name));
  if (foreign.length > 0) throw new SetupError(`Expected only the C library for ${id}, received ${foreign}.`);
  const beyond = [...headers.matchAll(/GLIBC_([\d.]+)/g)].filter(([, version]) => isBeyondFloor(version));
  if (beyond.length > 0)
    throw new SetupError(
      `Expected nothing later than glibc ${GLIBC_FLOOR.join('.')} for ${id}, received ${beyond}.`,
    );
}

async function prebuild() {
  const { arch, platform } = process;
  if (`${platform}-${arch}` !== 'linux-x64')
    throw new SetupError(`Expected linux-x64 to prebuild on, received ${platform}-${arch}.`);
  for (const { id, folder } of platforms) {
    const addon = await buildWithZig(id);
    checkRequirements(id, addon);
    if ((await sweep(nodeOf(id), addon, ['--every', '40', '--random', '10'])) !== 0)
      throw new SetupError(`${id}: the sweep failed.`);
    copyFileSync(addon, join(root, folder, 'zeroskip.node'));
    console.log(`${id}: ${statSync(addon).size} bytes`);
  }
}

main(prebuild);
