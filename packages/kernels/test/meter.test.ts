import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Meter, type MeterWork, measureMachine, selectTarget, targets } from '../src/index.ts';
import { memoryLevels } from '../src/machine/memory-levels.ts';

const supported = targets().filter((target) => target.supported);
const best = supported.at(-1)!.name;
afterEach(() => selectTarget(best));

const create = (work: MeterWork, threads = 1) => Meter.create(work, { threads, sliceMs: 0.1 });

describe('a meter', () => {
  it.each(supported)('counts two operations per lane and multiply-add on $name', async (target) => {
    selectTarget(target.name);
    const meter = await create({ kind: 'fma' });
    const lanes = target.vectorBytes / 4;
    const registers = ['avx512', 'avx512vnni', 'neon'].includes(target.name) ? 24 : 12;
    const chains = target.name === 'scalar' && process.arch === 'arm64' ? 24 : registers;
    expect(meter.workPerLoop).toBe(2 * lanes * chains * 8);
    expect(await meter.slice()).toBeGreaterThan(0);
    meter.release();
  });

  it.each([
    ['read', 16384, 16384],
    ['triad', 12288, 12288],
    ['triad', 16384, 15 * 1024],
    ['read', 1, 1024],
    ['triad', 1, 3 * 1024],
  ] as const)('counts the bytes of a %s over %i bytes', async (kind, bytes, expected) => {
    const meter = await create({ kind, bytes });
    expect(meter.workPerLoop).toBe(expected);
    meter.release();
  });

  it.each(supported)('passes over memory on $name', async ({ name }) => {
    selectTarget(name);
    for (const kind of ['read', 'triad'] as const) {
      const meter = await create({ kind, bytes: 3000 });
      expect(Number.isFinite(await meter.slice())).toBe(true);
      meter.release();
    }
  });

  it('counts the work of all threads', async () => {
    const one = await create({ kind: 'read', bytes: 4096 });
    const three = await create({ kind: 'read', bytes: 4096 }, 3);
    expect(three.workPerLoop).toBe(3 * one.workPerLoop);
    expect(await three.slice()).toBeGreaterThan(0);
    one.release();
    three.release();
  });

  it('keeps its slices, with median and maximum', async () => {
    const meter = await create({ kind: 'fma' });
    const taken = [await meter.slice(), await meter.slice(), await meter.slice()];
    const { kind, threads, bytes, slices, median, max } = meter.rates;
    expect({ kind, threads, bytes, slices }).toEqual({ kind: 'fma', threads: 1, bytes: 0, slices: taken });
    expect(median).toBe(taken.toSorted((a, b) => a - b)[1]);
    expect(max).toBe(Math.max(...taken));
    meter.release();
  });

  it('is refused after its release, which may be repeated', async () => {
    const meter = await create({ kind: 'fma' });
    meter.release();
    meter.release();
    await expect(meter.slice()).rejects.toMatchObject({ code: 'ERR_RELEASED' });
  });

  it.each([
    ['no threads', { kind: 'fma' }, { threads: 0 }, /threads/],
    ['no bytes', { kind: 'read', bytes: 0 }, { threads: 1 }, /work\.bytes/],
    [
      'an unknown kind',
      { kind: 'write', bytes: 1 },
      { threads: 1 },
      /one of fma, read, triad for work\.kind/,
    ],
    ['slices without length', { kind: 'fma' }, { threads: 1, sliceMs: Number.NaN }, /sliceMs/],
  ] as const)('refuses %s', async (_, work, options, message) => {
    await expect(Meter.create(work as MeterWork, options)).rejects.toThrow(message);
  });
});

describe('measureMachine', () => {
  it('measures both roofs for each number of threads', async () => {
    const seen: number[] = [];
    const { target, fma, memory } = await measureMachine({
      threads: [1, 2],
      rounds: 2,
      sliceMs: 0.1,
      onProgress: ({ done, total }) => seen.push(done / total),
    });
    expect(target).toBe(best);
    expect(fma.map(({ threads, slices }) => [threads, slices.length])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    const levels = memoryLevels(1).map(({ name }) => name);
    expect(memory.map(({ level, kind, threads }) => [level, kind, threads])).toEqual(
      levels.flatMap((level) =>
        [1, 2].flatMap((threads) => ['read', 'triad'].map((kind) => [level, kind, threads])),
      ),
    );
    for (const { median, max } of [...fma, ...memory]) {
      expect(median).toBeGreaterThan(0);
      expect(max).toBeGreaterThanOrEqual(median);
      expect(max).toBeLessThan(Number.POSITIVE_INFINITY);
    }
    expect(seen.at(0)).toBe(0);
    expect(seen.at(-1)).toBe(1);
  });

  it.each([
    ['rounds', { threads: [1], rounds: 0 }],
    ['threads[1]', { threads: [1, 0.5] }],
  ])('refuses wrong %s', async (name, options) => {
    await expect(measureMachine(options)).rejects.toThrow(name);
  });
});

describe('memoryLevels', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zeroskip-caches-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const cache = (index: number, level: string, type: string, size: string, shared: string) => {
    const path = join(folder, `index${index}`);
    mkdirSync(path, { recursive: true });
    for (const [file, text] of Object.entries({ level, type, size, shared_cpu_list: shared }))
      writeFileSync(join(path, file), `${text}\n`);
  };

  it('are half of each data cache per thread that shares it, and four times the last', () => {
    cache(0, '1', 'Data', '32K', '0');
    cache(1, '1', 'Instruction', '32K', '0');
    cache(2, '2', 'Unified', '1024K', '0,8');
    cache(3, '3', 'Unified', '65536K', '0-7,8-15');
    expect(memoryLevels(4, folder)).toEqual([
      { name: 'L1', bytes: 16 * 1024 },
      { name: 'L2', bytes: 256 * 1024 },
      { name: 'L3', bytes: 8 * 2 ** 20 },
      { name: 'DRAM', bytes: 64 * 2 ** 20 },
    ]);
  });

  it('are usual sizes, named so, where the system does not tell', () => {
    expect(memoryLevels(2, join(folder, 'none'))).toEqual([
      { name: '16 KiB', bytes: 2 ** 14 },
      { name: '128 KiB', bytes: 2 ** 17 },
      { name: '4 MiB', bytes: 2 ** 22 },
      { name: '256 MiB', bytes: 2 ** 28 },
    ]);
  });
});
