import { build } from 'tsup';

interface BundleOptions {
  /** Packages that are left to Node, which looks for them from `outDir`. */
  readonly external?: readonly string[];
}

/** Bundles a program or a module and the sources of the packages that it uses, for a Node without this repository. */
export async function bundle(
  entry: Record<string, string>,
  outDir: string,
  format: 'esm' | 'cjs',
  { external = [] }: BundleOptions = {},
): Promise<void> {
  await build({
    config: false,
    entry,
    outDir,
    outExtension: () => ({ js: format === 'esm' ? '.mjs' : '.cjs' }),
    format,
    target: 'node20',
    noExternal: [new RegExp(`^(?!(${external.join('|') || '$.'})$)`)],
    external: [...external],
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
