import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plugin } from 'vite';

/** What the page works without. */
const isLeftOut = (file: string) => /(^|\/)(onnxruntime|ort-)[^/]*$|^models\/|^sw\.js$/.test(file);

function filesIn(folder: string): string[] {
  return readdirSync(folder, { encoding: 'utf8', recursive: true })
    .filter((file) => statSync(join(folder, file)).isFile())
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
}

function hashOf(folder: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Writes `sw.js` beside the page, with the names of its files and versions that follow from their contents. */
export function serviceWorker(): Plugin {
  let folder = '';
  const source = new URL('service-worker.js', import.meta.url);
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir);
    },
    writeBundle() {
      const all = filesIn(folder);
      const page = all.filter((file) => !isLeftOut(file));
      const models = all.filter((file) => file.startsWith('models/'));
      const program = readFileSync(source, 'utf8')
        .replace('[]', JSON.stringify(page))
        .replace("'PAGE'", `'zeroskip-playground-page-${hashOf(folder, page)}'`)
        .replace("'MODELS'", `'zeroskip-playground-models-${hashOf(folder, models)}'`);
      writeFileSync(join(folder, 'sw.js'), program);
    },
  };
}
