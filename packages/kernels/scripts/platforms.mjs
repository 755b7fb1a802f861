// The platforms that an addon is published for: what package.json names as optional dependencies.
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

export const platforms = Object.keys(manifest.optionalDependencies).map((name) => {
  const id = name.replace('@zeroskip/kernels-', '');
  return { id, name, folder: `packages/kernels/npm/${id}` };
});
