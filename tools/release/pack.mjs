import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pnpm } from '../../scripts/processes.mjs';
import { run } from './run.mjs';

const DEPENDENCIES = ['dependencies', 'optionalDependencies', 'devDependencies', 'peerDependencies'];

/**
 * Packs a package as pnpm does, and to the same bytes each time: pnpm writes dependencies in the order in which it
 * happens to have resolved them. Returns the tarball's path.
 */
export function pack(packageFolder, destination) {
  const [command, ...first] = pnpm();
  const folder = mkdtempSync(join(tmpdir(), 'zeroskip-pack-'));
  try {
    const tarball = join(folder, 'packed.tgz');
    run(command, [...first, '--dir', packageFolder, 'pack', '--out', tarball]);
    run('tar', ['-xzf', tarball, '-C', folder]);
    const unpacked = join(folder, 'package');
    const file = join(unpacked, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    for (const key of DEPENDENCIES) {
      if (manifest[key]) manifest[key] = Object.fromEntries(Object.entries(manifest[key]).sort());
    }
    writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
    mkdirSync(destination, { recursive: true });
    const name = run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', destination], {
      cwd: unpacked,
    });
    return join(destination, name.trim());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
