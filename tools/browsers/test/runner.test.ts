import { readdirSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import * as esbuild from 'esbuild';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAnswer, taskOf } from './support/models.ts';
import { call, canRun, modules, Pages, pages, places } from './support/pages.ts';

describe.runIf(canRun)('a page', () => {
  const own = new Pages('runner');

  it.each(places)('%s gives the answers of Node', async (place) => {
    const opened = await own.open(place);
    expect(await call(opened, 'load')).toBe(place.startsWith('/isolated/'));
    for (const asBytes of [false, true]) {
      await expectAnswer(
        await call(opened, 'run', { ...taskOf('small', place), runs: 3, asBytes }),
        'small',
        2,
      );
    }
    const model = `/${place.split('/')[1]}/absolute.tflite`;
    const { y } = (await call(opened, 'run', { model, dims: [2], runs: 3 })) as { y: number[] };
    expect(y).toEqual([2, 3.7].map((x) => Math.fround(Math.abs(Math.sin(x)))));
    await opened.close();
  });

  describe.each(['/plain/esbuild', '/isolated/esbuild'])('%s', (place) => {
    let opened: Page;
    beforeAll(async () => {
      opened = await own.open(place);
    });

    it('computes on several threads, or on the one that there is', async () => {
      await expectAnswer(await call(opened, 'run', { ...taskOf('large', place), threads: 2 }), 'large');
    });

    it('aborts a run, and the next one is right', async () => {
      const { error, results } = (await call(opened, 'abort', taskOf('large', place))) as {
        error: string;
        results: unknown;
      };
      expect(error).toBe('AbortError');
      await expectAnswer(results, 'large');
    });

    it('refuses a damaged model, and one that is not there', async () => {
      const { model } = taskOf('small', place);
      expect(await call(opened, 'fail', { model: model.replace('small', 'damaged') })).toMatchObject({
        code: 'ERR_INVALID_MODEL',
      });
      expect(await call(opened, 'fail', { model: model.replace('small', 'missing') })).toMatchObject({
        code: 'ERR_FILE',
        message: expect.stringContaining('status 404'),
      });
    });

    it('lets go of the memory of sessions', async () => {
      const task = { ...taskOf('small', place), dims: [1, 3, 400, 400] };
      const use = async () => {
        await call(opened, 'run', task);
        return call(opened, 'memory');
      };
      const before = await use();
      for (let i = 0; i < 5; i++) await use();
      expect(await call(opened, 'memory')).toBe(before);
    });

    it('runs a network of 88 MB', async () => {
      await expectAnswer(await call(opened, 'run', taskOf('heavy', place)), 'heavy');
    });
  });

  it('takes the module from where it is told, its folder or its bytes', async () => {
    await cp(join(modules, 'zeroskip.wasm'), own.folder.path('elsewhere.wasm'));
    for (const from of ['/plain/elsewhere.wasm', '/plain/esbuild/', { bytesOf: '/plain/elsewhere.wasm' }]) {
      const opened = await own.open('/plain/webpack');
      await call(opened, 'load', from);
      await expectAnswer(await call(opened, 'run', taskOf('small', '/plain')), 'small');
      await opened.close();
    }
  });

  it('says where a module is missing', async () => {
    const opened = await own.open('/plain/esbuild');
    await expect(call(opened, 'load', '/plain/none.wasm')).rejects.toThrow(/at \/plain\/none\.wasm.*404/);
    await call(opened, 'load');
    await opened.close();
  });

  it('fetches at most 300 kB with brotli, the model and what reads one of TensorFlow Lite aside', async () => {
    const { outputFiles, metafile } = await esbuild.build({
      entryPoints: [join(pages, 'runner.js')],
      ...{ bundle: true, splitting: true, minify: true, format: 'esm', write: false, logLevel: 'error' },
      ...{ outdir: own.folder.path('size'), absWorkingDir: own.folder.path('.'), metafile: true },
    });
    const compressed = async (bytes: Uint8Array) => (await promisify(brotliCompress)(bytes)).length;
    const atStart = statically(metafile!.outputs, join('size', 'runner.js'));
    const program = outputFiles!.filter(({ path }) => atStart.has(relative(own.folder.path('.'), path)));
    expect(program.length).toBeLessThan(outputFiles!.length);
    const scripts = await Promise.all(program.map(({ contents }) => compressed(contents)));
    const files = readdirSync(modules).filter((name) => name.endsWith('.wasm'));
    expect(files).toHaveLength(4);
    for (const file of files) {
      const bytes = [...scripts, await compressed(await readFile(join(modules, file)))].reduce(
        (a, b) => a + b,
      );
      expect(bytes, file).toBeLessThanOrEqual(300_000);
    }
  });
});

/** Scripts that one imports, and those that these import, but for what is loaded later. */
function statically(
  outputs: esbuild.Metafile['outputs'],
  entry: string,
  found = new Set<string>(),
): Set<string> {
  found.add(entry);
  for (const { path, kind } of outputs[entry]!.imports) {
    if (kind === 'import-statement' && !found.has(path)) statically(outputs, path, found);
  }
  return found;
}
