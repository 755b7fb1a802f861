// Rehearses a release on this machine, from the last commit: see docs/releasing.md.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeOf } from '../../packages/kernels/scripts/foreign/nodes.mjs';
import { installProgram, NEWER_NODE } from '../../scripts/node-binary.mjs';
import { ask, main, pnpm, root, SetupError } from '../../scripts/processes.mjs';
import { rehearseAliases } from './aliases.mjs';
import { checkTarball } from './check-tarball.mjs';
import { pack } from './pack.mjs';
import { createProject } from './project.mjs';
import { published } from './published.mjs';
import { startRegistry } from './registry.mjs';
import { run } from './run.mjs';

const ADDON = 'zeroskip.node';
const WASM = join('packages', 'kernels-wasm32', 'wasm');

function cloneRepository(folder) {
  const changes = ask('git', ['status', '--porcelain']);
  if (changes) throw new SetupError(`A release is made of commits, and these are changes:\n${changes}`);
  run('git', ['clone', '--quiet', '--no-hardlinks', root, folder]);
  for (const { folder: path } of published.filter(({ isAddon }) => isAddon)) {
    copyFileSync(join(root, path, ADDON), join(folder, path, ADDON));
  }
  cpSync(join(root, WASM), join(folder, WASM), { recursive: true });
  run(...inRepository(folder, 'install', '--frozen-lockfile', '--prefer-offline'));
}

function inRepository(folder, ...args) {
  const [command, ...first] = pnpm();
  return [
    command,
    [...first, ...args],
    { cwd: folder, env: { ...process.env, CI: 'true', TURBO_TELEMETRY_DISABLED: '1' } },
  ];
}

/** Versions, builds and packs what is published; returns a row about each package. */
function prepareRelease(repository, tarballs) {
  run(...inRepository(repository, 'exec', 'changeset', 'version'));
  run(
    ...inRepository(
      repository,
      'exec',
      'turbo',
      'run',
      'build',
      ...published.map(({ name }) => `--filter=${name}`),
    ),
  );
  return published.map((each) => {
    const { version } = JSON.parse(readFileSync(join(repository, each.folder, 'package.json'), 'utf8'));
    const [file, again] = ['first', 'second'].map((time) =>
      pack(join(repository, each.folder), join(tarballs, time)),
    );
    return { ...each, version, file, ...checkTarball(each, file, again) };
  });
}

function expectText(text, parts, what) {
  for (const part of parts) {
    if (!text.includes(part)) throw new SetupError(`Expected "${part}" ${what}, received:\n${text}`);
  }
}

function breakAddon(project) {
  const own = join(project.folder, 'node_modules', '@zeroskip', 'kernels-linux-x64');
  const whole = readFileSync(join(own, ADDON));
  const cases = [
    [
      'removed',
      undefined,
      ['linux-x64 has no native addon', 'WebAssembly is used instead', 'npm install --include=optional'],
    ],
    [
      'cut off',
      whole.subarray(0, 8192),
      ['cannot be loaded on linux-x64', 'it is damaged', 'npm install --force'],
    ],
    ['overwritten', Buffer.alloc(whole.length, 'x'), ['it is damaged: no ELF file', 'npm install --force']],
    [
      "another platform's",
      readFileSync(join(root, 'packages', 'kernels', 'npm', 'linux-arm64', ADDON)),
      ['it is for linux-arm64'],
    ],
  ];
  for (const [name, bytes, parts] of cases) {
    rmSync(join(own, ADDON), { force: true });
    if (bytes) writeFileSync(join(own, ADDON), bytes);
    for (const format of ['mjs', 'cjs'])
      expectText(project.addonMessage(format), parts, `of an addon that was ${name}`);
    console.log(`  addon ${name}: the documented message`);
  }
  writeFileSync(join(own, ADDON), whole);
  const elsewhere = project.addonMessage(
    'mjs',
    "Object.defineProperty(process, 'platform', { value: 'freebsd' });",
  );
  expectText(
    elsewhere,
    ['freebsd-x64 has no native addon', 'WebAssembly is used instead', 'To build it from source'],
    'on another platform',
  );
  console.log('  another platform: the documented message');
}

/** Addons that are for another platform than this one, and none at all. */
function rehearsePlatforms(folder, registry) {
  const elsewhere = (id) => createProject(join(folder, 'elsewhere', id), registry);
  const targets = {
    'win32-x64': { os: 'win32', cpu: 'x64' },
    'linux-x64-musl': { os: 'linux', cpu: 'x64', libc: 'musl' },
    'linux-arm64': { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  };
  for (const [id, platform] of Object.entries(targets)) {
    const addons = elsewhere(id).runElsewhere(platform, nodeOf(id));
    if (addons.join() !== `kernels-${id}`)
      throw new SetupError(`Expected kernels-${id}, received ${addons.join(', ') || 'no addon'}.`);
  }
  const without = elsewhere('darwin-arm64');
  without.runElsewhere({ os: 'darwin', cpu: 'arm64' }, process.execPath);
  expectText(without.addonMessage('mjs'), ['WebAssembly is used instead'], 'of a platform without an addon');
}

async function rehearse() {
  const folder = mkdtempSync(join(tmpdir(), 'zeroskip-release-'));
  const step = (text) => console.log(`\n${text}`);
  let registry;
  try {
    step('Addons');
    run(process.execPath, [join(root, 'packages', 'kernels', 'scripts', 'prebuild.mjs')], {
      stdio: 'inherit',
    });
    run(process.execPath, [join(root, 'packages', 'kernels-wasm32', 'scripts', 'build.mjs')], {
      stdio: 'inherit',
    });
    step('Licences');
    run(process.execPath, [join(root, 'scripts', 'licences.mjs')], { stdio: 'inherit' });
    const newerNode = join(installProgram(NEWER_NODE), 'bin', 'node');
    const [repository, tarballs] = ['repository', 'tarballs'].map((name) => join(folder, name));
    mkdirSync(tarballs);
    cloneRepository(repository);
    step('First version: version, build, pack twice, check');
    const first = prepareRelease(repository, tarballs);
    registry = await startRegistry(join(folder, 'registry'));
    for (const { file } of first) registry.publish(file);
    step('Installed in an empty project, with neither compiler, make nor python on the PATH');
    const project = createProject(join(folder, 'project'), registry);
    project.install(published.filter(({ isAddon }) => !isAddon).map(({ name }) => name));
    project.checkTree();
    project.runReadmes([process.execPath, newerNode]);
    step('Each package alone');
    for (const { name, below } of published.filter(({ isAddon }) => !isAddon)) {
      const alone = createProject(join(folder, 'alone', name), registry);
      alone.install([name]);
      alone.importAlone(name, below);
      console.log(`  ${name}: with ${below.join(', ') || 'nothing'}`);
    }
    step('On other platforms');
    rehearsePlatforms(folder, registry);
    step('In place of onnxruntime, by aliases');
    rehearseAliases(join(folder, 'aliases'), registry);
    step('Another version: changeset, version, build, pack, publish, upgrade');
    const names = published.map(({ name }) => `"${name}": patch`).join('\n');
    writeFileSync(join(repository, '.changeset', 'rehearsed.md'), `---\n${names}\n---\n\nRehearsed.\n`);
    const second = prepareRelease(repository, tarballs);
    for (const { file } of second) registry.publish(file);
    project.upgrade(second);
    project.runReadmes([process.execPath]);
    for (const { folder: path, name } of second) {
      const changelog = readFileSync(join(repository, path, 'CHANGELOG.md'), 'utf8');
      expectText(
        changelog,
        [`## ${second[0].version}`, 'Rehearsed.', `## ${first[0].version}`],
        `in the changelog of ${name}`,
      );
    }
    step('Addons that do not fit');
    breakAddon(project);
    step('What was published');
    console.table(
      [...first, ...second].map(({ name, version, packedKb, javascriptKb, addonKb, sha256, checks }) => ({
        package: name,
        version,
        'tarball kB': packedKb,
        'JavaScript kB, compressed': javascriptKb,
        'addon kB': addonKb,
        sha256: sha256.slice(0, 12),
        checks,
      })),
    );
    console.log('The rehearsal succeeded.');
  } finally {
    registry?.stop();
    if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

main(rehearse);
