import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startLocalRegistry } from '@zeroskip/release/local';
import { cache } from '../cache.ts';

const manifest = {
  private: true,
  type: 'module',
  dependencies: {
    '@tensorflow/tfjs': '4.22.0',
    '@tensorflow/tfjs-backend-wasm': '4.22.0',
    '@vladmandic/human': '3.3.6',
    '@zeroskip/tfjs': '*',
    buffer: '6.0.3',
    nsfwjs: '4.3.0',
  },
};

const programs = ['human.mjs', 'nsfwjs.mjs', 'page.mjs', 'serve-requests.mjs'];

/**
 * A project that has nsfwjs and human, what they run on, and Zeroskip as it was built here last. It stays, and is
 * installed again when these changed.
 * @returns its folder
 */
export async function nsfwProject(): Promise<string> {
  const folder = join(cache, 'nsfwjs');
  const work = await mkdtemp(join(tmpdir(), 'zeroskip-nsfwjs-'));
  const registry = await startLocalRegistry(work, '@zeroskip/tfjs');
  try {
    const text = JSON.stringify(manifest, null, 2);
    const stamp = createHash('sha256').update(text).update(registry.contents).digest('hex');
    const stampFile = join(folder, '.installed');
    if ((await readFile(stampFile, 'utf8').catch(() => '')) !== stamp) {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'package.json'), text);
      await writeFile(join(folder, '.npmrc'), `@zeroskip:registry=${registry.url}\n`);
      const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
      await promisify(execFile)('npm', args, { cwd: folder });
      await writeFile(stampFile, stamp);
    }
  } finally {
    registry.stop();
    await rm(work, { recursive: true, force: true });
  }
  for (const program of programs) {
    const source = fileURLToPath(new URL(`../../src/nsfwjs/${program}`, import.meta.url));
    await copyFile(source, join(folder, program));
  }
  return folder;
}
