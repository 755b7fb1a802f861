import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig, type Options } from 'tsup';

/**
 * esbuild calls a class that names itself `_Tensor`, which shows wherever one is printed. The line gives way to a space
 * behind the name, so that source maps hold.
 */
const ownNames: NonNullable<Options['plugins']>[number] = {
  name: 'own-names',
  renderChunk(code, { map }) {
    const names = new Set(Array.from(code.matchAll(/\bvar (\w+) = class _\1 /g), ([, name]) => name));
    const renamed = code.replaceAll(/\b_(\w+)\b/g, (all, name) => (names.has(name) ? `${name} ` : all));
    return { code: renamed, map: map ?? null };
  },
};

export const base = {
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  clean: true,
  sourcemap: true,
  plugins: [ownNames],
  // load-addon.ts reads import.meta in CommonJS, too, and knows that it is empty there.
  esbuildOptions: (options, { format }) => {
    options.logOverride = { 'empty-import-meta': 'silent' };
    // What CommonJS loads later has the copies of its packages that are there: one class of errors, one addon.
    if (format === 'cjs') options.supported = { 'dynamic-import': false };
  },
} satisfies Options;

/** A build for browsers, where `x.browser.ts` is taken in the place of a file `x.ts` beside it. */
export const browser = {
  entry: { index: 'src/index.ts' },
  outDir: 'browser',
  format: ['esm'],
  target: 'es2022',
  platform: 'browser',
  clean: true,
  sourcemap: true,
  plugins: [ownNames],
  esbuildPlugins: [
    {
      name: 'browser-files',
      setup(build) {
        build.onResolve({ filter: /^\..*\.ts$/ }, ({ path, importer }) => {
          const file = join(dirname(importer), path.replace(/\.ts$/, '.browser.ts'));
          return existsSync(file) ? { path: file } : undefined;
        });
      },
    },
  ],
} satisfies Options;

/** A build for pages without a bundler: with all that it depends on, and small. */
export const standalone = {
  ...browser,
  outDir: 'standalone',
  noExternal: [/.*/],
  minify: true,
  sourcemap: false,
} satisfies Options;

export default defineConfig(base);

/** Builds for Node and for browsers; for Node alone where the command line names another folder. */
export const withBrowser = (own: Options, ...inBrowsers: Options[]) =>
  defineConfig(({ outDir }) => (outDir === undefined ? [own, ...inBrowsers] : own));
