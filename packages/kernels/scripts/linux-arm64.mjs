// Builds for 64-bit Arm, and runs what was built on an emulated CPU.
import { rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installDebianPackages } from '../../../scripts/apt.mjs';
import { installNode } from '../../../scripts/node-binary.mjs';
import { ask, environment, SetupError } from '../../../scripts/processes.mjs';
import { buildAddon, cacheFolder, writeNode } from './variant.mjs';

const NAME = 'arm64';
const TRIPLET = 'aarch64-linux-gnu';
/** What the names of its binary utilities begin with. */
export const tools = `${TRIPLET}-`;
const LIBRARIES = `/usr/${TRIPLET}`;
const NODE = {
  platform: 'linux-arm64',
  version: '20.20.2',
  sha512: 'LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
};

function installTools() {
  installDebianPackages('The build for arm64', {
    [`g++-${TRIPLET}`]: ask(`${TRIPLET}-g++`, ['--version']) !== undefined,
    'qemu-user': ask('qemu-aarch64', ['--version']) !== undefined,
  });
}

/** Highway's headers fit every CPU; the cross compiler does not look where they are. */
function highwayFolder() {
  const compiler = environment.CXX ?? 'g++';
  const rule = ask(compiler, ['-M', '-x', 'c++', '-'], { input: '#include <hwy/highway.h>\n' });
  const header = rule?.match(/\S*\/hwy\/highway\.h/)?.[0];
  if (!header) throw new SetupError('Expected Highway (Debian: libhwy-dev), received none.');
  const folder = cacheFolder(NAME, 'include');
  rmSync(join(folder, 'hwy'), { force: true });
  symlinkSync(dirname(header), join(folder, 'hwy'));
  return folder;
}

/** The addon, built, and a program that runs Node for arm64. */
export function build() {
  installTools();
  const installed = installNode(NODE);
  const addon = buildAddon(NAME, {
    args: ['--arch=arm64', `--nodedir=${installed}`],
    env: {
      CC: `${TRIPLET}-gcc`,
      CXX: `${TRIPLET}-g++`,
      AR: `${TRIPLET}-ar`,
      CXXFLAGS: `-isystem ${highwayFolder()}`,
    },
  });
  const node = writeNode(NAME, ['qemu-aarch64', '-L', LIBRARIES, join(installed, 'bin', 'node')]);
  return { addon, node };
}
