import { build } from 'tsup';

/**
 * Bundles programs or modules with the sources of the packages that they use, for a Node without this repository.
 * @param entry source files by the names of the bundles
 * @param options `external`: packages that are left to Node, which looks for them from `outDir`
 */
export async function bundle(entry, outDir, format = 'esm', { external = [] } = {}) {
  await build({
    config: false,
    entry,
    outDir,
    outExtension: () => ({ js: format === 'esm' ? '.mjs' : '.cjs' }),
    format,
    target: 'node20',
    noExternal: [new RegExp(`^(?!(${external.join('|') || '$.'})$)`)],
    external: [...external],
    splitting: false,
    silent: true,
    // What is CommonJS in a bundle of ES modules calls it.
    banner: {
      js:
        format === 'esm'
          ? "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);"
          : '',
    },
    esbuildOptions: (options) => {
      options.conditions = ['@zeroskip/source'];
    },
  });
}
