import { existsSync, readdirSync } from 'node:fs';
import { copyFile, cp, mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession } from '@zeroskip/runner';
import { serve } from '@zeroskip/test-utils/serve';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import * as esbuild from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { input, network } from './networks.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const modules = fileURLToPath(new URL('../../../packages/kernels-wasm32/wasm', import.meta.url));
const page = fileURLToPath(new URL('page', import.meta.url));
const isBuilt = existsSync(join(modules, 'zeroskip.wasm'));
if (!executablePath || !isBuilt) {
  const missing = executablePath ? 'the WebAssembly modules (npm run build:wasm)' : 'Chromium';
  console.log(`Pages: skipped, they need ${missing}.`);
}

const small = network(16, 4);
const large = network(64, 10);
const [smallDims, largeDims] = [
  [1, 3, 40, 52],
  [1, 3, 256, 256],
];
const files = new Map<string, string | Uint8Array>([
  ['small.onnx', small],
  ['large.onnx', large],
  ['damaged.onnx', small.slice(0, small.length / 2)],
]);

async function expected(model: Uint8Array, dims: readonly number[], seed: number) {
  const session = await InferenceSession.create(model);
  const results = await session.run({ r0: input(dims, seed) });
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  );
}

/** The largest difference of two lists, by the largest value. */
function difference(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  const largest = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / largest;
}

/** Of the standard accuracy, which sums in another order on each instruction set. */
const TOLERANCE = 1e-4;

const folder = temporaryFolder();
let browser: Browser;
let server: Server;
let url: string;

type Tasks = Record<string, (argument?: unknown) => Promise<unknown>>;

/** A page of the bundle that `bundler` made, with the kernels loaded. */
async function open(path: string): Promise<Page> {
  const opened = await browser.newPage();
  const errors: string[] = [];
  opened.on('pageerror', ({ message }) => errors.push(message));
  await opened.goto(`${url}${path}`);
  await opened
    .waitForFunction('globalThis.isReady', undefined, { timeout: 20_000 })
    .catch((error: Error) => Promise.reject(new Error(`${path}: ${errors.join(', ')}`, { cause: error })));
  return opened;
}

const call = (opened: Page, task: string, argument?: unknown) =>
  opened.evaluate(
    ([name, given]) => (globalThis as unknown as { tasks: Tasks }).tasks[name as string]!(given),
    [task, argument] as const,
  );

const bundlers: Record<string, (out: string) => Promise<unknown>> = {
  async esbuild(out) {
    const entryPoints = [join(page, 'program.js')];
    await esbuild.build({ entryPoints, bundle: true, format: 'esm', outdir: out, logLevel: 'error' });
    await copyFile(join(page, 'index.html'), join(out, 'index.html'));
    for (const file of readdirSync(modules).filter((name) => name.endsWith('.wasm'))) {
      await copyFile(join(modules, file), join(out, file));
    }
  },
  vite: (out) =>
    vite({ root: page, base: './', build: { outDir: out, target: 'es2022' }, logLevel: 'error' }),
  async webpack(out) {
    const compiler = webpack({
      mode: 'production',
      entry: join(page, 'program.js'),
      output: { path: out, filename: 'program.js' },
      performance: { hints: false },
    });
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
      compiler.run((error, result) => (error ? reject(error) : resolve(result))),
    );
    if (stats?.hasErrors()) throw new Error(stats.toString());
    await copyFile(join(page, 'index.html'), join(out, 'index.html'));
  },
};

describe.runIf(executablePath && isBuilt)('a page', () => {
  beforeAll(async () => {
    for (const [name, bundle] of Object.entries(bundlers)) {
      await mkdir(folder.path(name));
      await bundle(folder.path(name));
    }
    ({ server, url } = await serve(folder.path('.'), files));
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const places = Object.keys(bundlers).flatMap((name) => [`/plain/${name}`, `/isolated/${name}`]);
  it.each(places)('%s gives the answers of Node', async (place) => {
    const opened = await open(`${place}/index.html`);
    expect(await call(opened, 'load')).toBe(place.startsWith('/isolated/'));
    const model = `../${place.split('/')[1] === 'plain' ? '../plain' : '../isolated'}/small.onnx`;
    for (const asBytes of [false, true]) {
      const results = (await call(opened, 'run', { model, dims: smallDims, runs: 3, asBytes })) as {
        y: number[];
      };
      expect(difference(results.y, (await expected(small, smallDims, 2)).y!)).toBeLessThan(TOLERANCE);
    }
    await opened.close();
  });

  describe.each(['plain', 'isolated'])('%s', (kind) => {
    let opened: Page;
    beforeAll(async () => {
      opened = await open(`/${kind}/esbuild/index.html`);
    });
    const model = (name: string) => `/${kind}/${name}.onnx`;

    it('computes on several threads, or on the one that there is', async () => {
      const results = (await call(opened, 'run', { model: model('large'), dims: largeDims, threads: 2 })) as {
        y: number[];
      };
      expect(difference(results.y, (await expected(large, largeDims, 0)).y!)).toBeLessThan(TOLERANCE);
    });

    it('aborts a run, and the next one is right', async () => {
      const { error, results } = (await call(opened, 'abort', {
        model: model('large'),
        dims: largeDims,
      })) as {
        error: string;
        results: { y: number[] };
      };
      expect(error).toBe('AbortError');
      expect(difference(results.y, (await expected(large, largeDims, 0)).y!)).toBeLessThan(TOLERANCE);
    });

    it('refuses a damaged model, and one that is not there', async () => {
      expect(await call(opened, 'fail', { model: model('damaged') })).toMatchObject({
        code: 'ERR_INVALID_MODEL',
      });
      expect(await call(opened, 'fail', { model: model('missing') })).toMatchObject({
        code: 'ERR_FILE',
        message: expect.stringContaining('status 404'),
      });
    });

    it('lets go of the memory of sessions', async () => {
      const use = () =>
        call(opened, 'run', { model: model('small'), dims: [1, 3, 400, 400] }).then(() =>
          call(opened, 'memory'),
        );
      const before = await use();
      for (let i = 0; i < 5; i++) await use();
      expect(await call(opened, 'memory')).toBe(before);
    });
  });

  it('takes the module from where it is told', async () => {
    await cp(join(modules, 'zeroskip.wasm'), folder.path('elsewhere.wasm'));
    const opened = await open('/plain/esbuild/index.html');
    await call(opened, 'load', `${url}/plain/elsewhere.wasm`);
    const results = (await call(opened, 'run', { model: '/plain/small.onnx', dims: smallDims })) as {
      y: number[];
    };
    expect(difference(results.y, (await expected(small, smallDims, 0)).y!)).toBeLessThan(TOLERANCE);
    await opened.close();
  });

  it('says where a module is missing', async () => {
    const opened = await open('/plain/esbuild/index.html');
    await expect(call(opened, 'load', '/plain/none.wasm')).rejects.toThrow(/at \/plain\/none\.wasm.*404/);
    await call(opened, 'load');
    await opened.close();
  });
});
