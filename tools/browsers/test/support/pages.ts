import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from '@zeroskip/test-utils/serve';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import * as esbuild from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build as vite } from 'vite';
import { afterAll, beforeAll } from 'vitest';
import webpack from 'webpack';
import { modelFiles } from './models.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const packages = fileURLToPath(new URL('../../../../packages', import.meta.url));
/** Where the WebAssembly modules are. */
export const modules = join(packages, 'kernels-wasm32', 'wasm');
export const pages = fileURLToPath(new URL('../page', import.meta.url));
const isBuilt = existsSync(join(modules, 'zeroskip.wasm'));
if (!executablePath || !isBuilt) {
  const missing = executablePath ? 'the WebAssembly modules (npm run build:wasm)' : 'Chromium';
  console.log(`Pages: skipped, they need ${missing}.`);
}
export const canRun = executablePath !== undefined && isBuilt;

const copyModules = (out: string) =>
  cp(modules, out, { recursive: true, filter: (path) => path === modules || path.endsWith('.wasm') });

/** Where a page without a bundler finds packages: their builds for it, which are copied beside the page. */
const IMPORTS = {
  '@zeroskip/runner': './runner/index.js',
  '@zeroskip/runner/proxy': './runner/proxy.js',
  '@zeroskip/tfjs': './tfjs/index.js',
  'onnxruntime-web': './onnxruntime/index.js',
  'onnxruntime-web/wasm': './onnxruntime/index.js',
};

/** Each bundles a program of `page/` into a folder. */
const bundlers: Record<string, (program: string, out: string) => Promise<unknown>> = {
  async esbuild(program, out) {
    await esbuild.build({
      absWorkingDir: pages,
      // It does not find the program of workers by itself.
      entryPoints: { [program]: join(pages, `${program}.js`), worker: '@zeroskip/runner/worker' },
      ...{ bundle: true, format: 'esm', outdir: out, logLevel: 'error' },
    });
    await copyModules(out);
  },
  vite: (program, out) =>
    vite({
      root: pages,
      base: './',
      build: { outDir: out, target: 'es2022', rollupOptions: { input: join(pages, `${program}.html`) } },
      worker: { format: 'es' },
      logLevel: 'error',
    }),
  async webpack(program, out) {
    const compiler = webpack({
      mode: 'production',
      entry: { [program]: join(pages, `${program}.js`) },
      output: { path: out, filename: '[name].js' },
      performance: { hints: false },
    });
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
      compiler.run((error, result) => (error ? reject(error) : resolve(result))),
    );
    if (stats?.hasErrors()) throw new Error(stats.toString());
  },
  async none(program, out) {
    await cp(pages, out, { recursive: true });
    for (const name of ['runner', 'onnxruntime', 'tfjs']) {
      await cp(join(packages, name, 'standalone'), join(out, name), { recursive: true });
      await copyModules(join(out, name));
    }
    const map = `<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>`;
    const html = await readFile(join(pages, `${program}.html`), 'utf8');
    await writeFile(join(out, `${program}.html`), html.replace('<script', `${map}\n<script`));
  },
};

/** Isolated and not, by each bundler: what a page's address begins with. */
export const places = Object.keys(bundlers).flatMap((name) => [`/plain/${name}`, `/isolated/${name}`]);

type Tasks = Record<string, (argument?: unknown) => Promise<unknown>>;

/** The bundles of a program of `page/`, served and opened in a browser, in the tests around. */
export class Pages {
  readonly folder = temporaryFolder();
  readonly #program: string;
  #browser: Browser | undefined;
  #server: Server | undefined;
  /** Of the server, without a slash at its end. */
  url = '';

  constructor(program: string) {
    this.#program = program;
    beforeAll(() => this.#start());
    afterAll(async () => {
      await this.#browser?.close();
      this.#server?.close();
    });
  }

  async #start(): Promise<void> {
    for (const [name, bundle] of Object.entries(bundlers)) {
      const out = this.folder.path(name);
      await mkdir(out);
      await bundle(this.#program, out);
      const html = `${this.#program}.html`;
      if (!existsSync(join(out, html))) await copyFile(join(pages, html), join(out, html));
    }
    const { server, url } = await serve(this.folder.path('.'), modelFiles);
    this.#server = server;
    this.url = url;
    this.#browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  }

  /** A page whose tasks can be called. */
  async open(place: string): Promise<Page> {
    const opened = await this.#browser!.newPage();
    const errors: string[] = [];
    opened.on('pageerror', ({ message }) => errors.push(message));
    await opened.goto(`${this.url}${place}/${this.#program}.html`);
    await opened
      .waitForFunction('globalThis.isReady', undefined, { timeout: 20_000 })
      .catch((error: Error) => Promise.reject(new Error(`${place}: ${errors.join(', ')}`, { cause: error })));
    return opened;
  }
}

export const call = (opened: Page, task: string, argument?: unknown) =>
  opened.evaluate(
    ([name, given]) => (globalThis as unknown as { tasks: Tasks }).tasks[name as string]!(given),
    [task, argument] as const,
  );
