import { execFile } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'zeroskip-types-'));
const modules = join(project, 'node_modules');
const theirs = mkdtempSync(join(tmpdir(), 'zeroskip-types-theirs-'));

/** Puts the package into the project under an alias, as an installation leaves it. */
async function install(alias: string): Promise<void> {
  const target = join(modules, alias);
  const tsup = createRequire(join(source, '../../package.json')).resolve('tsup/dist/cli-default.js');
  await promisify(execFile)(process.execPath, [tsup, '--out-dir', join(target, 'dist')], { cwd: source });
  cpSync(join(source, 'types'), join(target, 'types'), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  writeFileSync(join(target, 'package.json'), JSON.stringify({ ...manifest, ...manifest.publishConfig }));
}

function link(folder: string, name: string): void {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(realpathSync(join(source, 'node_modules', name)), join(folder, 'node_modules', name));
}

beforeAll(async () => {
  mkdirSync(modules);
  await install('onnxruntime-node');
  symlinkSync(join(modules, 'onnxruntime-node'), join(modules, 'onnxruntime-web'));
  link(project, 'onnxruntime-common');
  for (const name of ['onnxruntime-node', 'onnxruntime-common']) link(theirs, name);
  for (const folder of [project, theirs]) {
    for (const file of ['client.ts', 'same.ts'])
      copyFileSync(join(source, 'test', 'types', file), join(folder, file));
    for (const ending of ['mts', 'cts'])
      copyFileSync(join(folder, 'client.ts'), join(folder, `client.${ending}`));
  }
});
// Compiling blocks; vitest listens between tests.
beforeEach(() => setImmediate());

afterAll(() => {
  for (const folder of [project, theirs]) rmSync(folder, { recursive: true });
});

const libraries = new Map<string, ts.SourceFile | undefined>();

/** A host that parses TypeScript's own libraries once. */
function hostOf(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const getSourceFile: ts.CompilerHost['getSourceFile'] = (name, target) => {
    if (!/\/lib\.[\w.]+\.d\.ts$/.test(name)) return host.getSourceFile(name, target);
    if (!libraries.has(name)) libraries.set(name, host.getSourceFile(name, target));
    return libraries.get(name);
  };
  return { ...host, getSourceFile };
}

/** What the compiler says of a program, libraries included. */
function complaints(folder: string, file: string, given: ts.CompilerOptions): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
    ...given,
  };
  const program = ts.createProgram([join(folder, file)], options, hostOf(options));
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file: at, messageText }) => `${at?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}

const node16 = { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 };
const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
const node10 = { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10 };
const withDom = ['lib.es2022.d.ts', 'lib.dom.d.ts'];
const withoutDom = ['lib.es2022.d.ts'];

const modes: readonly [string, string, ts.CompilerOptions][] = [
  ['as an ES module', 'mts', node16],
  ['as CommonJS', 'cts', { ...node16, esModuleInterop: true }],
  ['for a bundler', 'ts', bundler],
  ['as of old', 'ts', { ...node10, esModuleInterop: true }],
];

describe.each(modes)('%s', (_how, ending, options) => {
  // With and without the types of a browser; and against what the program was written for.
  it.each([
    ['this package', project, withDom],
    ['this package without a DOM', project, withoutDom],
    ['onnxruntime-node', theirs, withDom],
  ])('a program for onnxruntime-node compiles against %s', (_against, folder, lib) => {
    expect(complaints(folder, `client.${ending}`, { ...options, lib })).toEqual([]);
  });

  it('there are the subpaths of onnxruntime-web, with a default export', () => {
    const code = ['', '/all', '/jspi', '/wasm', '/webgl', '/webgpu']
      .flatMap((subpath, i) => [
        `import ort${i}, { Tensor as Tensor${i} } from 'onnxruntime-web${subpath}';`,
        `export const tensor${i}: ort${i}.Tensor = new Tensor${i}('float32', [1]);`,
        `export const session${i}: Promise<ort${i}.InferenceSession> = ort${i}.InferenceSession.create('a');`,
      ])
      .join('\n');
    writeFileSync(join(project, `web.${ending}`), code);
    expect(complaints(project, `web.${ending}`, { ...options, lib: withDom })).toEqual([]);
  });
});

it('has types that are those of onnxruntime-common', () => {
  expect(complaints(project, 'same.ts', { ...bundler, lib: withDom })).toEqual([]);
});
