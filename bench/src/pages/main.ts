/**
 * Compares Zeroskip with onnxruntime-web in a page of Chromium, on the networks of the zoo: their answers, and the time
 * of a run, on one thread and, in a page that is cross-origin isolated, on two.
 *
 *     node dist/pages/main.js [--only <part of a name>] [--ms <milliseconds>]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serve } from '@zeroskip/test-utils/serve';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { fetchModel } from '../zoo/fetch.ts';
import { zooInputs } from '../zoo/inputs.ts';
import { type ZooModel, zooModels } from '../zoo/model.ts';
import type { PageResult, PageTask } from './page.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, ms: { type: 'string', default: '3000' } },
});
const ms = Number(values.ms);
if (!(ms > 0)) throw new RangeError(`Expected milliseconds above 0 for --ms, received ${values.ms}.`);

const require = createRequire(import.meta.url);
const modules = dirname(require.resolve('@zeroskip/kernels-wasm32/zeroskip.wasm'));
const peer = dirname(require.resolve('onnxruntime-web/wasm'));
const KINDS = ['zeroskip', 'zeroskip-relaxed', 'zeroskip-threads', 'zeroskip-threads-relaxed'];
const PEER_FILES = ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'];

async function taskFor(model: ZooModel, files: Map<string, string | Uint8Array>) {
  files.set(`${model.name}.onnx`, await fetchModel(model));
  const inputs = Object.entries(await zooInputs(model)).map(([name, { type, dims, data }], i) => {
    const address = `${model.name}.${i}.bin`;
    files.set(address, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return { name, type: type as 'float32', dims, address };
  });
  return { model: `${model.name}.onnx`, inputs, ms };
}

const folder = await mkdtemp(join(tmpdir(), 'zeroskip-pages-'));
const files = new Map<string, string | Uint8Array>([
  ...KINDS.map((kind) => [`${kind}.wasm`, join(modules, `${kind}.wasm`)] as const),
  ...PEER_FILES.map((file) => [`onnxruntime/${file}`, join(peer, file)] as const),
]);
await build({
  entryPoints: [fileURLToPath(new URL('../../src/pages/page.ts', import.meta.url))],
  bundle: true,
  format: 'esm',
  outfile: join(folder, 'page.js'),
  logLevel: 'error',
});
await writeFile(join(folder, 'index.html'), '<script type="module" src="./page.js"></script>');
const { server, url } = await serve(folder, files);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });

async function measured(task: Omit<PageTask, 'threads'>, threads: number): Promise<PageResult> {
  const page = await browser.newPage();
  try {
    await page.goto(`${url}/${threads === 1 ? 'plain' : 'isolated'}/index.html`);
    await page.waitForFunction('globalThis.measure');
    return await page.evaluate(
      (given) => (globalThis as unknown as { measure(given: unknown): Promise<never> }).measure(given),
      { ...task, threads },
    );
  } finally {
    await page.close();
  }
}

const shown = (value: number) => value.toPrecision(3);
const all: [number[], number[]] = [[], []];
console.log(
  `${cpus()[0]!.model}, ${cpus().length} processors, Chromium ${browser.version()}, onnxruntime-web 1.30`,
);
console.log('| network | threads | onnxruntime-web, ms | Zeroskip, ms | ratio | quartiles | difference |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const model of await zooModels(values.only)) {
  const task = await taskFor(model, files);
  for (const [i, threads] of [1, 2].entries()) {
    const result = await measured(task, threads).catch((error: Error) => error.message.split('\n')[0]!);
    if (typeof result === 'string') {
      console.log(`| ${model.name} | ${threads} | ${result} |`);
      continue;
    }
    const { ratios, onnxruntimeMs, zeroskipMs, difference } = result;
    const quantile = (share: number) => ratios[Math.floor((ratios.length - 1) * share)]!;
    all[i]!.push(quantile(0.5));
    const cells = [onnxruntimeMs, zeroskipMs, quantile(0.5)].map(shown);
    const quartiles = `${shown(quantile(0.25))}–${shown(quantile(0.75))}`;
    console.log(`| ${[model.name, threads, ...cells, quartiles, difference.toExponential(1)].join(' | ')} |`);
  }
}
for (const [i, ratios] of all.entries()) {
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  const slower = ratios.filter((ratio) => ratio < 1).length;
  console.log(`${i + 1} threads: geometric mean ${shown(mean)}, ${slower} of ${ratios.length} below 1`);
}
await browser.close();
server.close();
await rm(folder, { recursive: true });
