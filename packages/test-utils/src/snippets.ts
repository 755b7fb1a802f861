import { readFileSync } from 'node:fs';
import { format } from 'node:util';
import ts from 'typescript';

/** A block of TypeScript in a Markdown file, with the text block that follows it: what it prints. */
export interface Snippet {
  readonly code: string;
  readonly output: string;
}

const FENCED = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** Every `ts` block of a Markdown file that a `text` block follows. */
export function snippets(markdownFile: string | URL): Snippet[] {
  const blocks = [...readFileSync(markdownFile, 'utf8').matchAll(FENCED)];
  return blocks.flatMap(([, language, code], i) => {
    const next = blocks[i + 1];
    return language === 'ts' && next?.[1] === 'text' ? [{ code: code!, output: next[2]! }] : [];
  });
}

const AsyncFunction = (async () => {}).constructor as new (
  ...source: string[]
) => (...values: unknown[]) => Promise<void>;

/** Runs a snippet with `modules` for its imports; returns what it logs. */
export async function runSnippet(code: string, modules: Readonly<Record<string, unknown>>): Promise<string> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const lines: string[] = [];
  const log = (...values: unknown[]) => lines.push(`${format(...values)}\n`);
  const requireModule = (name: string) => {
    if (!Object.hasOwn(modules, name))
      throw new Error(`The snippet imports ${name}, which its test does not provide.`);
    return modules[name];
  };
  await new AsyncFunction('require', 'exports', 'console', outputText)(requireModule, {}, { log });
  return lines.join('');
}
