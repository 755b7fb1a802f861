import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Node's hook: a TypeScript file becomes JavaScript, together with all that it imports of its own package. */
export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(url)],
    bundle: true,
    packages: 'external',
    write: false,
    sourcemap: 'inline',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return { format: 'module', source: outputFiles[0].text, shortCircuit: true };
}
