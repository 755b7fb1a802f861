import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'zeroskip-addon-'));

beforeEach(() => vi.resetModules());
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const load = async () => (await import('../../src/load-addon.ts')).loadAddon();

describe('ZEROSKIP_ADDON', () => {
  it('names the only file that is looked for', async () => {
    const path = join(folder, 'missing.node');
    vi.stubEnv('ZEROSKIP_ADDON', path);
    await expect(load()).rejects.toThrowError(
      expect.objectContaining({
        code: 'ERR_ADDON_UNAVAILABLE',
        expected: path,
        message: expect.stringContaining('unset it'),
      }),
    );
  });

  it('is what addonPath gives', async () => {
    vi.unstubAllEnvs();
    const { addonPath } = await import('../../src/load-addon.ts');
    const usual = addonPath();
    expect(usual).toMatch(/zeroskip[\w-]*\.(node|wasm)$/);
    vi.resetModules();
    vi.stubEnv('ZEROSKIP_ADDON', usual);
    expect((await import('../../src/load-addon.ts')).addonPath()).toBe(usual);
  });

  it('is refused with its name when it is no addon', async () => {
    const path = join(folder, 'broken.node');
    writeFileSync(path, 'not a shared object');
    vi.stubEnv('ZEROSKIP_ADDON', path);
    await expect(load()).rejects.toThrowError(
      expect.objectContaining({ code: 'ERR_ADDON_UNAVAILABLE', message: expect.stringContaining(path) }),
    );
  });
});
