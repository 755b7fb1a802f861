import { execFile } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const folderOf = (name: string) => join(repository, 'packages', name);

/**
 * Builds a package of the repository into a project, as an installation would leave it.
 * @param name of its folder
 * @param alias what the project calls it
 */
export async function installBuilt(
  project: string,
  name: string,
  alias = `@zeroskip/${name}`,
): Promise<void> {
  const source = folderOf(name);
  const target = join(project, 'node_modules', alias);
  const tsup = createRequire(join(repository, 'package.json')).resolve('tsup/dist/cli-default.js');
  const args = [tsup, '--no-dts', '--out-dir', join(target, 'dist')];
  await promisify(execFile)(process.execPath, args, { cwd: source });
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const written = (manifest.files as string[]).filter((file) => file !== 'dist');
  for (const file of written) await cp(join(source, file), join(target, file), { recursive: true });
  await writeFile(join(target, 'package.json'), JSON.stringify({ ...manifest, ...manifest.publishConfig }));
}

/** Copies packages that one of the repository depends on into a project, with what they depend on. */
export async function copyDependencies(
  project: string,
  name: string,
  dependencies: readonly string[],
): Promise<void> {
  for (const each of dependencies) {
    const withDependencies = dirname(realpathSync(join(folderOf(name), 'node_modules', each)));
    await cp(withDependencies, join(project, 'node_modules'), { recursive: true, dereference: true });
  }
}

/** Writes the types of a package of the repository into a folder, as they are published. */
export async function buildTypes(name: string, folder: string): Promise<void> {
  const tsup = createRequire(join(repository, 'package.json')).resolve('tsup/dist/cli-default.js');
  await promisify(execFile)(process.execPath, [tsup, '--out-dir', folder], { cwd: folderOf(name) });
}
