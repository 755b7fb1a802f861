import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAnswer, taskOf } from './support/models.ts';
import { call, canRun, Pages, places } from './support/pages.ts';

describe.runIf(canRun)('a client of onnxruntime-web', () => {
  const own = new Pages('onnxruntime');

  describe.each(places)('in a page %s', (place) => {
    let opened: Page;
    beforeAll(async () => {
      opened = await own.open(place);
    });
    afterAll(() => opened.close());

    it.each([
      ['as it is', {}],
      ['on one thread', { numThreads: 1 }],
      ['in a worker', { proxy: true }],
      ["with onnxruntime's file", { proxy: false, wasmPaths: { wasm: '/none/ort-wasm-simd-threaded.wasm' } }],
    ])('runs %s', async (_, env) => {
      const results = await call(opened, 'run', { ...taskOf('small', place), env });
      await expectAnswer(results, 'small');
      expect(results).toMatchObject({
        inputNames: ['r0'],
        outputNames: ['y'],
        isTensor: true,
        usesWorker: 'proxy' in env && env.proxy,
      });
      expect(await call(opened, 'warnings')).toEqual([expect.stringMatching(/webgpu/)]);
    });

    it('sees one package under all its names, and takes pictures', async () => {
      expect(await call(opened, 'facts')).toEqual({
        versions: { common: '1.30.0', web: '1.30.0' },
        isOne: true,
      });
      const pictures = (await call(opened, 'pictures')) as unknown[];
      expect(pictures).toHaveLength(5);
      for (const each of pictures)
        expect(each).toEqual({ dims: [1, 3, 1, 2], bytes: [255, 0, 0, 0, 0, 128] });
    });
  });

  it.each([false, true])('is told that what it names is no module (in a worker: %s)', async (proxy) => {
    const opened = await own.open('/plain/esbuild');
    const env = { proxy, wasmPaths: '/plain/nowhere' };
    await expectAnswer(await call(opened, 'run', { ...taskOf('small', '/plain'), env }), 'small');
    const warnings = await call(opened, 'warnings');
    expect(warnings).toContainEqual(expect.stringMatching(/no module of Zeroskip.*nowhere.*404/));
    await opened.close();
  });
});
