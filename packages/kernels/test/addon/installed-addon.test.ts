import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { platformId } from '../../src/index.ts';

const kernels = fileURLToPath(new URL('../..', import.meta.url));
const addon = join(kernels, 'build', 'Release', 'zeroskip.node');
const project = mkdtempSync(join(tmpdir(), 'zeroskip-installed-'));
const scope = join(project, 'node_modules', '@zeroskip');
const own = `kernels-${platformId()}`;
const other = process.arch === 'x64' ? 'kernels-linux-arm64' : 'kernels-linux-x64';
const beside = join(scope, 'kernels', 'dist', 'zeroskip.node');
const ownManifest = join(scope, 'kernels', 'package.json');
const localBuild = join(scope, 'kernels', 'build', 'Release', 'zeroskip.node');

function install(name: string, bytes: Uint8Array): string {
  const folder = join(scope, name);
  mkdirSync(folder, { recursive: true });
  copyFileSync(
    join(kernels, 'npm', name.replace('kernels-', ''), 'package.json'),
    join(folder, 'package.json'),
  );
  const path = join(folder, 'zeroskip.node');
  writeFileSync(path, bytes);
  return path;
}

function load(format: 'esm' | 'cjs', prelude = ''): { path?: string; code?: string; message?: string } {
  const bundle = join(scope, 'kernels', 'dist', format === 'esm' ? 'load-addon.js' : 'load-addon.cjs');
  const source = format === 'esm' ? `await import('${bundle}')` : `require('${bundle}')`;
  const program = `${prelude}
    try {
      const { addonPath } = ${source};
      console.log(JSON.stringify({ path: addonPath() }));
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }));
    }`;
  const type = format === 'esm' ? 'module' : 'commonjs';
  const { ZEROSKIP_ADDON: _addon, NODE_PATH: _path, ...env } = process.env;
  return JSON.parse(
    execFileSync(process.execPath, [`--input-type=${type}`, '--eval', program], { encoding: 'utf8', env }),
  );
}

beforeAll(async () => {
  await build({
    config: false,
    entry: [join(kernels, 'src', 'load-addon.ts')],
    outDir: join(scope, 'kernels', 'dist'),
    outExtension: ({ format }) => ({ js: format === 'cjs' ? '.cjs' : '.js' }),
    format: ['esm', 'cjs'],
    target: 'node20',
    noExternal: [/.*/],
    silent: true,
    esbuildOptions: (options) => {
      options.conditions = ['@zeroskip/source'];
    },
  });
});
beforeEach(() => {
  for (const path of [join(scope, own), join(scope, other), localBuild, beside])
    rmSync(path, { recursive: true, force: true });
  copyFileSync(join(kernels, 'package.json'), ownManifest);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe.runIf(process.platform === 'linux').each(['esm', 'cjs'] as const)('installed, as %s', (format) => {
  it("loads the addon of this platform's package", () => {
    const path = install(own, readFileSync(addon));
    expect(load(format)).toEqual({ path });
  });

  it('prefers a local build', () => {
    install(own, readFileSync(addon));
    mkdirSync(join(localBuild, '..'), { recursive: true });
    copyFileSync(addon, localBuild);
    expect(load(format)).toEqual({ path: localBuild });
  });

  it('names platform, package and command when the package is not there', () => {
    const { code, message } = load(format);
    expect(code).toBe('ERR_ADDON_UNAVAILABLE');
    expect(message).toContain(`no native addon for ${platformId()}: looked for ${localBuild}`);
    expect(message).toContain(`the package @zeroskip/${own}.`);
    expect(message).toContain('npm install --include=optional');
  });

  it('loads the addon where a global document exists', () => {
    const path = install(own, readFileSync(addon));
    expect(load(format, 'globalThis.document = {};')).toEqual({ path });
  });

  it('loads the addon beside it, as a bundle, before that of the package', () => {
    rmSync(ownManifest);
    install(own, readFileSync(addon));
    copyFileSync(addon, beside);
    expect(load(format)).toEqual({ path: beside });
  });

  it('names the options of bundlers when there is none beside a bundle', () => {
    rmSync(ownManifest);
    const { code, message } = load(format);
    expect(code).toBe('ERR_ADDON_UNAVAILABLE');
    expect(message).toContain(`looked for ${beside} and the package @zeroskip/${own}. `);
    expect(message).toContain('webpack: externals');
    expect(message).toContain('docs/bundling.md');
  });

  it('says so when the binary was removed from the package', () => {
    rmSync(install(own, readFileSync(addon)));
    expect(load(format).message).toContain(`no native addon for ${platformId()}`);
  });

  it("does not take another platform's package for its own", () => {
    install(other, readFileSync(addon));
    expect(load(format).message).toContain(`the package @zeroskip/${own}.`);
  });

  it.each([
    ['empty', () => new Uint8Array()],
    ['text', () => Buffer.from('a page that says that nothing was found')],
  ])('says that a file is damaged: %s', (_, bytes) => {
    const path = install(own, bytes());
    const { code, message } = load(format);
    expect(code).toBe('ERR_ADDON_UNAVAILABLE');
    expect(message).toContain(`${path} cannot be loaded on ${platformId()}: it is damaged`);
    expect(message).toContain(`npm install --force @zeroskip/${own}@`);
  });

  it.each([4096, -1])('says that a file was cut off at %i bytes', (end) => {
    const whole = readFileSync(addon);
    install(own, whole.subarray(0, end));
    expect(load(format).message).toContain(
      `it is damaged: ${whole.subarray(0, end).length} bytes of ${whole.length}. Remove`,
    );
  });

  it('gives the reason of the system for anything else', () => {
    const bytes = Buffer.from(readFileSync(addon));
    bytes.writeUInt16LE(1, 16);
    const path = install(own, bytes);
    expect(load(format).message).toContain(`on ${platformId()}: ${path}: only ET_DYN`);
  });

  it('names the processor that the binary is for', () => {
    const bytes = Buffer.from(readFileSync(addon));
    bytes.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18);
    install(own, bytes);
    expect(load(format).message).toContain(
      `on ${platformId()}: it is for ${other.replace('kernels-', '')}. Remove`,
    );
  });

  it('says which platforms there are addons for on any other', () => {
    const elsewhere = "Object.defineProperty(process, 'platform', { value: 'freebsd' });";
    const { message } = load(format, elsewhere);
    expect(message).toContain(`no native addon for freebsd-${process.arch}`);
    expect(message).toContain(
      'addons for linux-arm64, linux-x64, linux-x64-musl, win32-x64 only. To build it from source',
    );
  });
});
