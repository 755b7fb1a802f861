import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quietly, root, SetupError } from './processes.mjs';

/** A Node after the oldest one that is supported, to test with. */
export const NEWER_NODE = {
  platform: 'linux-x64',
  version: '26.9.0',
  sha512: 'pS4RIjfmsVWgAlkmEtkf1PMwzy7xbc4VS4nqX3fz4lnWKGI2Veio5JZS69nu1BskrjnRJN2qJOFu1whq8uvjAA==',
};

/** Unpacks Node and its headers from npm's node-<platform> where they are not yet; returns their folder. */
export function installNode({ platform, version, sha512 }) {
  const folder = join(root, '.cache', `node-${version}-${platform}`);
  const unpacked = join(folder, 'package');
  if (existsSync(join(unpacked, 'bin', 'node'))) return unpacked;
  mkdirSync(folder, { recursive: true });
  const name = `node-${platform}-${version}.tgz`;
  quietly(`Downloading Node ${version} for ${platform}`, 'npm', ['pack', `node-${platform}@${version}`], {
    cwd: folder,
  });
  const received = createHash('sha512')
    .update(readFileSync(join(folder, name)))
    .digest('base64');
  if (received !== sha512)
    throw new SetupError(`Expected SHA-512 ${sha512} for ${name}, received ${received}.`);
  quietly(`Unpacking ${name}`, 'tar', ['-xzf', name], { cwd: folder });
  rmSync(join(folder, name));
  return unpacked;
}
