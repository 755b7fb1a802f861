import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const LINE = 120;

/** As .gitignore has them. */
const ignored = new Set([
  'node_modules',
  'dist',
  'browser',
  'standalone',
  'build',
  'prebuilds',
  '.turbo',
  '.cache',
  'coverage',
  '.git',
]);

/** Files below a folder, from the root. */
function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (ignored.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : path;
  });
}

const files = filesBelow('.');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const withEnding = (pattern: RegExp) => files.filter((path) => pattern.test(path));
/** Those that people write. */
const pages = withEnding(/\.md$/).filter((path) => !/^(.changeset|docs\/api)\//.test(path));

const isComment = (line: string) => /^\s*(\/\/|\*|\/\*)/.test(line) && !line.includes('https:');

/** Without code, in which a line is what a program reads or printed. */
const prose = (path: string) => read(path).replace(/^```[\s\S]*?^```$/gm, '');
const code = (path: string) =>
  [...read(path).matchAll(/^```(?:sh|console)\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
const anchors = (path: string) =>
  [...prose(path).matchAll(/^#+ (.*)$/gm)].map(([, title]) => anchorOf(title!));

describe('lines', () => {
  it.each(pages)('of %s are not too long', (path) => {
    const long = prose(path)
      .split('\n')
      .filter((line) => line.length > LINE && !line.startsWith('|') && !/^\S*$/.test(line.trim()));
    expect(long).toEqual([]);
  });

  it('of sources are not too long, but for strings', () => {
    const long = withEnding(/\.(ts|mjs|cc|h|inc)$/).flatMap((path) =>
      read(path)
        .split('\n')
        .filter((line) => line.length > LINE && (isComment(line) || !/['"`/]/.test(line)))
        .map((line) => `${path}: ${line}`),
    );
    expect(long).toEqual([]);
  });
});

describe('links and commands', () => {
  it.each(pages)('of %s lead somewhere', (path) => {
    const links = [...prose(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchors(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each(pages)('of %s are scripts of the repository', (path) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const run = [...read(path).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!);
    // Pages for users have scripts of their own projects.
    const unknown = run.filter((name) => !Object.hasOwn(scripts, name) && path !== 'docs/bundling.md');
    expect(unknown).toEqual([]);
    expect(code(path).filter((text) => /^(pnpm|turbo) /m.test(text))).toEqual([]);
  });

  it('name files that are there', () => {
    const missing = pages.flatMap((path) =>
      [...prose(path).matchAll(/`((?:packages|apps|bench|tools|scripts|docs)\/[\w./-]+\.\w+)`/g)]
        .map(([, file]) => file!)
        .filter((file) => !file.includes('.cache/') && !existsSync(join(root, file)))
        .map((file) => `${path}: ${file}`),
    );
    expect(missing).toEqual([]);
  });
});

it.each(withEnding(/^\.changeset\/.*\.md$/))('%s says what it releases', (path) => {
  expect(read(path)).toMatch(/^---\n("@zeroskip\/[\w-]+": (major|minor|patch)\n)+---\n\n\S/);
});

it('docs/troubleshooting.md has every error code', () => {
  const codes = [...read('packages/tensor/src/errors.ts').matchAll(/\| '(ERR_\w+)'/g)].map(
    ([, code]) => code!,
  );
  const page = read('docs/troubleshooting.md');
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((each) => !page.includes(`| \`${each}\``))).toEqual([]);
});

describe('folders and files', () => {
  /** One file per row of a list. */
  const lists = [/^packages\/runner\/src\/ops$/, /^docs\/api\b/, /^\.changeset$/];

  it('hold at most 15 files side by side', () => {
    const counts = new Map<string, number>();
    for (const path of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    const full = [...counts].filter(
      ([folder, count]) => count > 15 && folder !== '.' && !lists.some((list) => list.test(folder)),
    );
    expect(full).toEqual([]);
  });

  it('have at most 300 lines of source', () => {
    const long = withEnding(/\.(ts|mjs|cc|h|inc)$/).filter((path) => read(path).split('\n').length > 301);
    expect(long).toEqual([]);
  });

  it('import each other without circles', () => {
    const sources = new Set(withEnding(/\.(ts|mjs)$/));
    const imports = new Map(
      [...sources].map((path) => [
        path,
        [...read(path).matchAll(/(?:from|import) '(\.{1,2}\/[^']+)'/g)]
          .map(([, target]) => join(dirname(path), target!))
          .filter((target) => sources.has(target)),
      ]),
    );
    const done = new Set<string>();
    const circle = (path: string, way: readonly string[]): readonly string[] | undefined => {
      if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
      if (done.has(path)) return undefined;
      for (const target of imports.get(path)!) {
        const found = circle(target, [...way, path]);
        if (found) return found;
      }
      done.add(path);
      return undefined;
    };
    expect([...sources].flatMap((path) => circle(path, []) ?? [])).toEqual([]);
  });
});
