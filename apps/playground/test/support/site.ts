import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { build, preview } from 'vite';

const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url));
const modules = fileURLToPath(new URL('../../../../packages/kernels-wasm32/wasm', import.meta.url));

export const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
export const canRun = executablePath !== undefined && existsSync(join(modules, 'zeroskip.wasm'));
if (!canRun) {
  const missing = executablePath ? 'the WebAssembly modules (npm run build:wasm)' : 'Chromium';
  console.log(`The playground: skipped, it needs ${missing}.`);
}

/** Builds the page into a folder. @param publicDir holds `models/` */
export const buildSite = (outDir: string, publicDir: string) =>
  build({ configFile, publicDir, build: { outDir, emptyOutDir: true }, logLevel: 'error' });

/** Serves a built page, with the headers of isolation or as servers without them do. */
export async function serveSite(outDir: string, isIsolated: boolean) {
  const plain = {
    'Cross-Origin-Opener-Policy': 'unsafe-none',
    'Cross-Origin-Embedder-Policy': 'unsafe-none',
  };
  const server = await preview({
    configFile,
    build: { outDir },
    preview: { host: '127.0.0.1', port: 0, ...(!isIsolated && { headers: plain }) },
  });
  const { port } = server.httpServer.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

export interface Site {
  readonly page: Page;
  /** Addresses of all requests. */
  readonly requested: string[];
  /** What scripts threw, and what the policy of the page forbade. */
  readonly errors: string[];
}

export async function openSite(context: BrowserContext, url: string): Promise<Site> {
  const [requested, errors]: [string[], string[]] = [[], []];
  context.on('request', (request) => requested.push(request.url()));
  const page = await context.newPage();
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) errors.push(message.text());
  });
  await page.goto(url);
  return { page, requested, errors };
}

/** Waits for the end of what the page does, and returns what it says then. */
export async function done(page: Page): Promise<string> {
  await page.waitForFunction(() => !document.body.classList.contains('busy'), undefined, { timeout: 60_000 });
  return (await page.textContent('#alert'))!.trim() || (await page.textContent('#status'))!;
}
