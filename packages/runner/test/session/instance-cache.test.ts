import { describe, expect, it, vi } from 'vitest';
import { InstanceCache } from '../../src/session/cache/instance-cache.ts';

const instance = (bytes: number) => ({ bytes, release: vi.fn() });
type Fake = ReturnType<typeof instance>;

describe('a cache of instances', () => {
  async function filled(capacity: number, sizes: readonly number[]) {
    const cache = new InstanceCache<Fake>(capacity);
    const instances = sizes.map(instance);
    const use = (i: number) =>
      cache.use(
        String(i),
        async () => instances[i]!,
        async () => i,
      );
    const kept = () => instances.map(({ release }) => release.mock.calls.length === 0);
    for (const i of instances.keys()) await use(i);
    return { cache, use, kept };
  }

  it('holds what it may, the least recently used dropped first', async () => {
    const { cache, use, kept } = await filled(100, [40, 30, 30]);
    expect([cache.size, cache.bytes, ...kept()]).toEqual([3, 100, true, true, true]);
    await use(0);
    await cache.use(
      'more',
      async () => instance(20),
      async () => undefined,
    );
    await Promise.resolve();
    expect([cache.size, cache.bytes, ...kept()]).toEqual([3, 90, true, false, true]);
  });

  it('keeps the last one that was used, however large', async () => {
    const { cache, kept } = await filled(100, [10, 500]);
    await Promise.resolve();
    expect([cache.size, cache.bytes, ...kept()]).toEqual([1, 500, false, true]);
  });

  it('drops none that is in use, but as soon as it no longer is', async () => {
    const cache = new InstanceCache<Fake>(0);
    const first = instance(10);
    let end = () => {};
    const using = cache.use(
      'first',
      async () => first,
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    await cache.use(
      'second',
      async () => instance(10),
      async () => undefined,
    );
    await Promise.resolve();
    expect(first.release).not.toHaveBeenCalled();
    end();
    await using;
    await Promise.resolve();
    expect(first.release).toHaveBeenCalledOnce();
    expect(cache.size).toBe(1);
  });

  it('keeps no build that failed', async () => {
    const cache = new InstanceCache<Fake>(100);
    const fails = () => Promise.reject(new Error('no'));
    await expect(cache.use('a', fails, async () => undefined)).rejects.toThrow('no');
    expect(cache.size).toBe(0);
    expect(
      await cache.use(
        'a',
        async () => instance(1),
        async ({ bytes }) => bytes,
      ),
    ).toBe(1);
  });
});
