// Makes a fresh clone ready: packages, what the native addon is built with, the addon. Fast when nothing changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installDebianPackages } from './apt.mjs';
import { ask, environment, main, pnpm, quietly, root } from './processes.mjs';

const kernels = join(root, 'packages', 'kernels');
const addon = join(kernels, 'build', 'Release', 'zeroskip.node');

function hashOf(paths) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const path of paths.toSorted()) hash.update(`\n${path}\n`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

/** Does `work` unless it was done for the same files before and its result is still there. */
function once(stamp, paths, isThere, work) {
  const hash = hashOf(paths);
  if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

function manifests() {
  const members = ['packages', 'packages/kernels/npm', 'apps', 'tools'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name, 'package.json')),
  );
  return [
    'package.json',
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    'bench/package.json',
    'examples/package.json',
    ...members,
  ].filter((path) => existsSync(join(root, path)));
}

function installPackages() {
  const modules = join(root, 'node_modules');
  once(join(modules, '.zeroskip-install'), manifests(), existsSync(modules), () => {
    const [command, ...args] = pnpm();
    quietly('Installing packages', command, [...args, 'install', '--frozen-lockfile'], {
      env: { CI: 'true' },
    });
  });
}

function hasHighway(compiler) {
  const input = '#if !__has_include(<hwy/highway.h>)\n#error missing\n#endif\n';
  return ask(compiler, ['-E', '-x', 'c++', '-'], { input }) !== undefined;
}

function installBuildTools() {
  const compiler = environment.CXX ?? 'g++';
  installDebianPackages('The native addon', {
    'g++': ask(compiler, ['--version']) !== undefined,
    make: ask('make', ['--version']) !== undefined,
    python3: ask('python3', ['--version']) !== undefined,
    'libhwy-dev': hasHighway(compiler),
  });
}

function nativeSources() {
  return readdirSync(join(kernels, 'native'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length));
}

function buildAddon() {
  once(join(kernels, 'build', '.zeroskip-sources'), nativeSources(), existsSync(addon), () => {
    installBuildTools();
    quietly('Building the native addon, which takes a few minutes', 'npm', ['run', 'build:native'], {
      cwd: kernels,
    });
  });
}

main(() => {
  installPackages();
  buildAddon();
});
