import { readdirSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
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

  it('fetches at most 300 kB with brotli, the model aside', async () => {
    const { outputFiles } = await esbuild.build({
      entryPoints: [join(pages, 'runner.js')],
      ...{ bundle: true, minify: true, format: 'esm', write: false, logLevel: 'error' },
    });
    const compressed = async (bytes: Uint8Array) => (await promisify(brotliCompress)(bytes)).length;
    const program = await compressed(outputFiles![0]!.contents);
    const files = readdirSync(modules).filter((name) => name.endsWith('.wasm'));
    expect(files).toHaveLength(4);
    for (const file of files) {
      const bytes = program + (await compressed(await readFile(join(modules, file))));
      expect(bytes, file).toBeLessThanOrEqual(300_000);
    }
  });
});
