import { describe, expect, it, vi } from 'vitest';
import { InstanceCache } from '../../src/session/cache/instance-cache.ts';
import { atOnce, inTurns, turn, type Wait, type Work, waited } from '../../src/values/work.ts';

const instance = (bytes: number) => ({ bytes, release: vi.fn() });
type Fake = ReturnType<typeof instance>;

/** Builds one, after it waited where that is asked for. */
const built = (made: Fake, wait?: Wait<void>) =>
  function* (): Work<Fake> {
    if (wait) yield* waited(wait);
    return made;
  };

function* nothing(): Work<void> {}

function never(): never {
  throw new Error('Nobody may call this.');
}

describe('a cache of instances', () => {
  async function filled(capacity: number, sizes: readonly number[]) {
    const cache = new InstanceCache<Fake>(capacity);
    const instances = sizes.map(instance);
    const use = (i: number) => inTurns(cache.use(String(i), built(instances[i]!), nothing));
    const kept = () => instances.map(({ release }) => release.mock.calls.length === 0);
    for (const i of instances.keys()) await use(i);
    return { cache, use, kept };
  }

  it('holds what it may, the least recently used dropped first', async () => {
    const { cache, use, kept } = await filled(100, [40, 30, 30]);
    expect([cache.size, cache.bytes, ...kept()]).toEqual([3, 100, true, true, true]);
    await use(0);
    await inTurns(cache.use('more', built(instance(20)), nothing));
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
    const until = new Promise<void>((resolve) => {
      end = resolve;
    });
    const using = inTurns(
      cache.use('first', built(first), () => waited({ later: () => until, now: () => undefined })),
    );
    await inTurns(cache.use('second', built(instance(10)), nothing));
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
    const fails = () => waited<Fake>({ later: () => Promise.reject(new Error('no')), now: never });
    await expect(inTurns(cache.use('a', fails, nothing))).rejects.toThrow('no');
    expect(cache.size).toBe(0);
    await inTurns(cache.use('a', built(instance(1)), nothing));
    expect([cache.size, cache.bytes]).toEqual([1, 1]);
  });

  it('builds once for all that wait', async () => {
    const cache = new InstanceCache<Fake>(100);
    const build = vi.fn(built(instance(1), turn));
    await Promise.all([1, 2, 3].map(() => inTurns(cache.use('a', build, nothing))));
    expect([build.mock.calls.length, cache.bytes]).toEqual([1, 1]);
  });

  it('builds at once what is still being built for others, whose instance goes with them', async () => {
    const cache = new InstanceCache<Fake>(100);
    const [slow, quick] = [instance(1), instance(2)];
    const others = [1, 2].map(() => inTurns(cache.use('a', built(slow, turn), nothing)));
    atOnce(cache.use('a', built(quick, turn), nothing));
    expect([cache.size, cache.bytes]).toEqual([1, 2]);
    await Promise.all(others);
    expect(slow.release).toHaveBeenCalledOnce();
    expect([cache.size, cache.bytes, quick.release.mock.calls.length]).toEqual([1, 2, 0]);
    atOnce(cache.use('a', never, nothing));
    cache.clear();
    expect(quick.release).toHaveBeenCalledOnce();
  });
});
