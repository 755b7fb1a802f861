// Puts the addon of each platform, stripped, into the package of that platform: see docs/releasing.md.
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, main, quietly, root, SetupError } from '../../../scripts/processes.mjs';
import { platforms } from './platforms.mjs';
import { kernels, sweep } from './variant.mjs';

/** The oldest C library that the addons ask for: Debian 12, Ubuntu 22.04, RHEL 9, Amazon Linux 2023. */
const GLIBC_FLOOR = [2, 34];
const LIBRARIES = /^(libc|libm|libgcc_s|ld-linux-[\w-]+)\.so\.\d+$/;

const OWN = 'linux-x64';
const own = {
  tools: '',
  build: () => ({ addon: join(kernels, 'build', 'Release', 'zeroskip.node'), node: process.execPath }),
};

function isBeyondFloor(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > GLIBC_FLOOR[0] || (major === GLIBC_FLOOR[0] && minor > GLIBC_FLOOR[1]);
}

/** Throws when the addon asks more of a machine than is documented. */
function checkRequirements(tools, addon) {
  const headers = ask(`${tools}objdump`, ['-p', addon]);
  const symbols = ask(`${tools}objdump`, ['-T', addon]);
  if (headers === undefined || symbols === undefined)
    throw new SetupError(`${tools}objdump cannot read ${addon}.`);
  const foreign = [...headers.matchAll(/NEEDED\s+(\S+)/g)]
    .map(([, name]) => name)
    .filter((name) => !LIBRARIES.test(name));
  if (foreign.length > 0)
    throw new SetupError(`Expected only the C library for ${addon}, received ${foreign}.`);
  const beyond = [...symbols.matchAll(/GLIBC_([\d.]+)\)?\s+(\S+)/g)].filter(([, version]) =>
    isBeyondFloor(version),
  );
  if (beyond.length > 0) {
    const names = beyond.map(([, version, name]) => `${name} (${version})`).join(', ');
    throw new SetupError(
      `Expected nothing later than glibc ${GLIBC_FLOOR.join('.')} for ${addon}, received ${names}.`,
    );
  }
}

async function prebuild() {
  const { arch, platform } = process;
  if (`${platform}-${arch}` !== OWN)
    throw new SetupError(`Expected ${OWN} to prebuild on, received ${platform}-${arch}.`);
  const folder = mkdtempSync(join(tmpdir(), 'zeroskip-prebuild-'));
  try {
    for (const { id, folder: home } of platforms) {
      const { tools, build } = id === OWN ? own : await import(`./${id}.mjs`);
      const { addon, node } = build();
      const stripped = join(folder, `${id}.node`);
      quietly(`Stripping ${id}`, `${tools}strip`, ['--strip-unneeded', '-o', stripped, addon]);
      checkRequirements(tools, stripped);
      if ((await sweep(node, stripped, ['--every', '40', '--random', '10'])) !== 0)
        throw new SetupError(`${id}: the sweep failed.`);
      copyFileSync(stripped, join(root, home, 'zeroskip.node'));
      console.log(`${id}: ${statSync(stripped).size} bytes`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main(prebuild);
