import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildTypes } from '@zeroskip/test-utils/installed';
import ts from 'typescript';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const here = fileURLToPath(new URL('types', import.meta.url));
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'zeroskip-tfjs-types-'));

function link(target: string, name: string): void {
  const path = join(project, 'node_modules', name);
  mkdirSync(join(path, '..'), { recursive: true });
  symlinkSync(realpathSync(target), path);
}

beforeAll(async () => {
  await buildTypes('tfjs', join(project, 'built'));
  for (const name of ['runner', 'tensor']) link(join(modules, '@zeroskip', name), `@zeroskip/${name}`);
}, 300_000);
// Compiling blocks; vitest listens between tests.
beforeEach(() => setImmediate());
afterAll(() => rmSync(project, { recursive: true }));

/** What the compiler says of a program of `types/` whose `loaders` are a module, and of the types of that. */
function complaints(program: string, loaders: string, more: ts.CompilerOptions): string[] {
  const file = join(project, program);
  writeFileSync(file, ts.sys.readFile(join(here, program))!);
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts'],
    strict: true,
    exactOptionalPropertyTypes: true,
    customConditions: ['@zeroskip/source'],
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
    paths: { loaders: [loaders] },
    ...more,
  };
  const compiled = ts.createProgram([file], options);
  return compiled
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(project))
    .flatMap((each) => [...compiled.getSyntacticDiagnostics(each), ...compiled.getSemanticDiagnostics(each)])
    .map(
      ({ file: at, messageText }) => `${at?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}

describe('with TensorFlow.js', () => {
  beforeAll(() => {
    for (const name of ['core', 'converter', 'layers'])
      link(join(modules, '@tensorflow', `tfjs-${name}`), `@tensorflow/tfjs-${name}`);
    writeFileSync(join(project, 'theirs.ts'), ts.sys.readFile(join(here, 'theirs.ts'))!);
  });
  afterAll(() => rmSync(join(project, 'node_modules', '@tensorflow'), { recursive: true }));

  it.each([
    ['this package', 'built/index.d.ts'],
    ['this package, as CommonJS has it', 'built/index.d.cts'],
    ['what it was written for', 'theirs.ts'],
  ])('a program for it compiles against %s', (_against, loaders) => {
    expect(complaints('client.ts', join(project, loaders), { skipLibCheck: true })).toEqual([]);
  });
});

it('a program without TensorFlow.js compiles, the types of the package included', () => {
  const loaders = join(project, 'built', 'index.d.ts');
  expect(complaints('without-tfjs.ts', loaders, { skipLibCheck: false })).toEqual([]);
});
