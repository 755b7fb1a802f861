import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/processes.mjs';
import { pack } from './pack.mjs';
import { published } from './published.mjs';
import { startRegistry } from './registry.mjs';

const ADDON = 'zeroskip.node';
const own = `${process.platform}-${process.arch}`;

/** The addon's package, with the addon that was built here last. */
function copyAddon(path, target) {
  cpSync(join(root, path), target, { recursive: true });
  copyFileSync(join(root, 'packages', 'kernels', 'build', 'Release', ADDON), join(target, ADDON));
  return target;
}

/** Starts a registry on this machine with a package and those below it as they were built here last. */
export async function startLocalRegistry(folder, top) {
  const registry = await startRegistry(join(folder, 'registry'));
  const hash = createHash('sha256');
  const { below } = published.find(({ name }) => name === top);
  const needed = ({ name, platform }) => platform === own || name === top || below.includes(name);
  for (const { name, folder: path, isAddon } of published.filter(needed)) {
    const source = isAddon ? copyAddon(path, join(folder, 'addon')) : join(root, path);
    const tarball = pack(source, join(folder, 'tarballs'));
    registry.publish(tarball);
    hash.update(name).update(readFileSync(tarball));
  }
  return { url: registry.url, contents: hash.digest('hex'), stop: registry.stop };
}
