import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { snippets } from '@zeroskip/test-utils';
import ts from 'typescript';
import { expect, it } from 'vitest';

const packages = fileURLToPath(new URL('../../../packages', import.meta.url));

/** Every example as a file of its package, which finds what the package does. */
const examples: ReadonlyMap<string, string> = new Map(
  readdirSync(packages)
    .filter((name) => ts.sys.fileExists(`${packages}/${name}/README.md`))
    .flatMap((name) =>
      snippets(`${packages}/${name}/README.md`).map(
        ({ code }, i) => [`${packages}/${name}/example-${i}.mts`, code] as const,
      ),
    ),
);

it('the examples of all READMEs have the types of the packages', () => {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    customConditions: ['@zeroskip/source'],
    allowImportingTsExtensions: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [fileURLToPath(new URL('../../../node_modules/@types', import.meta.url))],
  };
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram([...examples.keys()], options, {
    ...host,
    fileExists: (path) => examples.has(path) || host.fileExists(path),
    readFile: (path) => examples.get(path) ?? host.readFile(path),
    getSourceFile: (path, ...rest) =>
      examples.has(path)
        ? ts.createSourceFile(path, examples.get(path)!, ts.ScriptTarget.ES2023)
        : host.getSourceFile(path, ...rest),
  });
  expect(examples.size).toBeGreaterThan(5);
  const faults = [...examples.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
  });
  expect(faults).toEqual([]);
});
