/**
 * Puts this package's loaders into TensorFlow.js as Node.js has it: import it before anything that imports
 * TensorFlow.js, or start the program with `node --import @zeroskip/tfjs/install`.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unexpected } from '@zeroskip/tensor';
import { GraphModel, loadGraphModel, loadGraphModelSync, loadLayersModel } from '@zeroskip/tfjs';

/** What takes the place of what, by package. */
const replacements = {
  '@tensorflow/tfjs-layers': { loadLayersModel },
  '@tensorflow/tfjs-converter': { GraphModel, loadGraphModel, loadGraphModelSync },
};

type Require = ReturnType<typeof createRequire>;

function resolved(require: Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

/** Where packages are looked for: beside the program, and beside this package, and from there what brings them. */
function* places(): Generator<Require> {
  const here = typeof __filename === 'string' ? __filename : import.meta.url;
  for (const from of [join(process.cwd(), 'index.js'), process.argv[1], here]) {
    if (from === undefined) continue;
    const require = createRequire(from.startsWith('file:') ? from : pathToFileURL(from));
    yield require;
    for (const name of ['@tensorflow/tfjs', '@tensorflow/tfjs-node']) {
      const path = resolved(require, name);
      if (path !== undefined) yield createRequire(path);
    }
  }
}

/** The files of a package's copies, each with what loads it. */
function copiesOf(name: string): Map<string, Require> {
  const copies = new Map<string, Require>();
  for (const require of places()) {
    const path = resolved(require, name);
    if (path !== undefined) copies.set(path, require);
  }
  return copies;
}

function install(): string[] {
  return Object.entries(replacements).flatMap(([name, own]) =>
    [...copiesOf(name)].map(([path, require]) => {
      Object.assign(require(path) as object, own);
      return path;
    }),
  );
}

/** The files of TensorFlow.js whose loaders are this package's now. */
export const installed: readonly string[] = install();

if (installed.length === 0) {
  const names = Object.keys(replacements).join(' or ');
  throw unexpected('ERR_MISSING_PACKAGE', 'TensorFlow.js', `${names} beside the program`, 'neither');
}
