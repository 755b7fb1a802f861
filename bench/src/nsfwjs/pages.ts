import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { serve } from '@zeroskip/test-utils/serve';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { require } from '../packages.ts';
import type { Sample } from './engines.ts';
import { answerDifference, timingTable } from './table.ts';

interface PageTask {
  readonly model: string;
  readonly rounds: number;
}

type Pair = readonly [theirs: Sample, ours: Sample];

/** Bundles the program of the page, with the modules of both engines beside it. */
async function bundlePage(project: string, folder: string): Promise<void> {
  await build({
    absWorkingDir: project,
    entryPoints: ['page.mjs'],
    ...{ bundle: true, format: 'esm', outfile: join(folder, 'page.js'), logLevel: 'error' },
    external: ['fs', 'path', 'os', 'util', 'crypto', 'worker_threads', 'perf_hooks', 'child_process'],
  });
  await writeFile(join(folder, 'index.html'), '<script type="module" src="./page.js"></script>');
  const wasm = join(project, 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist');
  await cp(wasm, join(folder, 'tfjs-wasm'), {
    recursive: true,
    filter: (path) => path === wasm || path.endsWith('.wasm'),
  });
  const own = dirname(require.resolve('@zeroskip/kernels-wasm32/zeroskip.wasm'));
  await cp(own, folder, { recursive: true, filter: (path) => path === own || path.endsWith('.wasm') });
}

/**
 * Classifies photos in pages of Chromium, on WebAssembly: on one thread, and in a page that is cross-origin isolated on
 * all. @returns the largest difference of a number
 */
export async function classifyInPages(
  project: string,
  photos: readonly string[],
  task: PageTask,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'zeroskip-nsfwjs-page-'));
  await bundlePage(project, folder);
  const files = new Map(photos.map((path) => [basename(path), path]));
  const { server, url } = await serve(folder, files);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  let worst = 0;
  try {
    for (const threads of new Set([1, availableParallelism()])) {
      const page = await browser.newPage();
      await page.goto(`${url}/${threads === 1 ? 'plain' : 'isolated'}/index.html`);
      await page.waitForFunction('globalThis.classify');
      const given = { ...task, threads, photos: [...files.keys()].map((name) => `/plain/${name}`) };
      const pairs: readonly Pair[] = await page.evaluate(
        (each) => (globalThis as unknown as { classify(given: unknown): Promise<never> }).classify(each),
        given,
      );
      worst = Math.max(worst, ...pairs.map(([a, b]) => answerDifference(a.answer, b.answer)));
      // The first round compiles.
      const timed = pairs.slice(photos.length);
      console.log(`Chromium ${browser.version()}, ${threads} threads`);
      console.log(
        timingTable([
          { name: 'TensorFlow.js, wasm', isZeroskip: false, ms: timed.map(([{ ms }]) => ms) },
          { name: 'Zeroskip', isZeroskip: true, ms: timed.map(([, { ms }]) => ms) },
        ]),
      );
      await page.close();
    }
  } finally {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
  return worst;
}
