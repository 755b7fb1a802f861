import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { LocalRegistry } from '@zeroskip/release/local';
import type { Client, Versions } from './client.ts';

/** What users of onnxruntime replace, by the names that packages ask for. */
const REPLACED = ['onnxruntime-node', 'onnxruntime-web', 'onnxruntime-common'];
const ALIAS = 'npm:@zeroskip/onnxruntime@*';

/** A project that uses a client, with the client's own onnxruntime or with Zeroskip in its place. */
export interface Project {
  readonly folder: string;
  /** The size of the files in its `node_modules`. */
  readonly bytes: number;
}

/** The `package.json` of a project; Zeroskip takes onnxruntime's place in it as it does in users' projects. */
export function manifest({ name, version, install = {}, overrides = {} }: Client, isAlias: boolean): object {
  const replaced: Versions = isAlias ? Object.fromEntries(REPLACED.map((engine) => [engine, ALIAS])) : {};
  const dependencies = Object.entries({ [name]: version, ...install });
  return {
    private: true,
    dependencies: Object.fromEntries(dependencies.map(([each, range]) => [each, replaced[each] ?? range])),
    overrides: { ...overrides, ...replaced },
  };
}

interface Tree {
  bytes: number;
  /** Folders of packages that are onnxruntime's own. */
  readonly engines: string[];
}

async function walk(folder: string, tree: Tree): Promise<Tree> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await walk(path, tree);
    } else if (entry.isFile()) {
      tree.bytes += (await stat(path)).size;
      const isPackage = entry.name === 'package.json' && basename(dirname(folder)) === 'node_modules';
      if (isPackage && REPLACED.includes(JSON.parse(await readFile(path, 'utf8')).name))
        tree.engines.push(folder);
    }
  }
  return tree;
}

/**
 * Installs a client with npm, without install scripts, unless the same is installed there.
 * @param job the client's file, which is copied into the project to find its packages
 * @param registry where Zeroskip comes from, to take onnxruntime's place
 */
export async function installProject(
  folder: string,
  client: Client,
  job: string,
  registry?: LocalRegistry,
): Promise<Project> {
  const text = JSON.stringify(manifest(client, registry !== undefined), null, 2);
  const stamp = createHash('sha256')
    .update(text)
    .update(registry?.contents ?? '')
    .digest('hex');
  const stampFile = join(folder, '.installed');
  if ((await readFile(stampFile, 'utf8').catch(() => '')) !== stamp) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), text);
    if (registry) await writeFile(join(folder, '.npmrc'), `@zeroskip:registry=${registry.url}\n`);
    await promisify(execFile)('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
    });
    await writeFile(stampFile, stamp);
  }
  await cp(job, join(folder, 'client.mjs'));
  const { bytes, engines } = await walk(join(folder, 'node_modules'), { bytes: 0, engines: [] });
  if (registry && engines.length > 0)
    throw new Error(`Expected no onnxruntime in ${folder}, received ${engines.join(', ')}.`);
  return { folder, bytes };
}
