import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAnswer, taskOf } from './support/models.ts';
import { call, canRun, Pages, places } from './support/pages.ts';

describe.runIf(canRun)('sessions in a worker', () => {
  const own = new Pages('proxy');

  describe.each(places)('of a page %s', (place) => {
    let opened: Page;
    beforeAll(async () => {
      opened = await own.open(place);
    });
    afterAll(() => opened.close());

    it('give the answers of Node, and what else a session tells', async () => {
      await expectAnswer(await call(opened, 'run', { ...taskOf('small', place), runs: 3 }), 'small', 2);
      expect(await call(opened, 'session', taskOf('small', place))).toEqual({
        names: [['r0'], ['y']],
        progress: expect.arrayContaining(['read']),
        layers: expect.any(Number),
        isFilled: true,
        isKept: true,
        wrong: {
          name: 'ZeroskipTypeError',
          code: expect.any(String),
          message: expect.stringContaining('none'),
        },
        released: { name: 'ZeroskipError', code: 'ERR_RELEASED', message: expect.any(String) },
      });
    });

    it('leave the page free, and are aborted', async () => {
      const task = taskOf('large', place);
      expect(await call(opened, 'turns', task)).toBeGreaterThan(10);
      const { error, results } = (await call(opened, 'abort', task)) as { error: string; results: unknown };
      expect(error).toBe('AbortError');
      await expectAnswer(results, 'large');
    });

    it('refuse a damaged model, and say where a worker or a module is missing', async () => {
      const { model } = taskOf('small', place);
      expect(await call(opened, 'fail', { model: model.replace('small', 'damaged') })).toMatchObject({
        code: 'ERR_INVALID_MODEL',
      });
      expect(await call(opened, 'lost', { model })).toMatchObject({
        program: { code: 'ERR_NATIVE', message: expect.stringContaining('could not be loaded') },
        module: { code: 'ERR_ADDON_UNAVAILABLE', message: expect.stringMatching(`${place}/none.wasm.*404`) },
        next: 'no error',
      });
    });

    it('end their worker with the last of them', async () => {
      const { started, ended } = (await call(opened, 'workers')) as { started: number; ended: number };
      expect(started).toBeGreaterThan(0);
      expect(ended).toBe(started);
    });
  });
});
