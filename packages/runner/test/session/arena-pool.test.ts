import { describe, expect, it } from 'vitest';
import { ArenaPool } from '../../src/session/cache/arena-pool.ts';

describe('a pool of arenas', () => {
  it('hands out the last arena again where it is large enough', () => {
    const pool = new ArenaPool();
    const first = pool.take(1000);
    pool.give(first);
    expect(pool.take(10)).toBe(first);
    expect(pool.take(10)).not.toBe(first);
    pool.release();
  });

  it('keeps the larger of two', () => {
    const pool = new ArenaPool();
    const [small, large] = [pool.take(10), pool.take(1000)];
    pool.give(large);
    pool.give(small);
    expect(pool.idleBytes).toBe(4000);
    expect(() => small.native).toThrow(/released/);
    pool.release();
  });

  it('gives up one that has been too large for long', () => {
    const pool = new ArenaPool();
    for (const floats of [1000, ...new Array<number>(100).fill(10)]) pool.give(pool.take(floats));
    expect(pool.idleBytes).toBe(40);
    pool.release();
  });

  it('keeps nothing after its release', () => {
    const pool = new ArenaPool();
    const arena = pool.take(10);
    pool.release();
    pool.give(arena);
    expect(pool.idleBytes).toBe(0);
    expect(() => arena.native).toThrow(/released/);
  });
});
