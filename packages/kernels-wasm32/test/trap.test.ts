import { existsSync, readFileSync } from 'node:fs';
import workerThreads from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { instantiate } from '../src/index.ts';

const path = (file: string) => new URL(`../wasm/${file}`, import.meta.url);
const files = ['zeroskip.wasm', 'zeroskip-threads.wasm'];
const isBuilt = files.every((file) => existsSync(path(file)));

describe.runIf(isBuilt).each(files)('a trap in %s', (file) => {
  const create = () => instantiate(new WebAssembly.Module(readFileSync(path(file))), workerThreads);
  /** As in `createProgram`. */
  const view = (offset: number, size: number) => [
    ...[0, offset, 1, size, size, 4],
    ...[4, size * 4, size * size * 4, 0, 1, 0],
  ];

  it.each([
    ['where it is called', 2],
    ['on a thread, where there are some', 512],
  ])('is an error with a code, %s', async (_where, size) => {
    const addon = create();
    const arena = addon.createArena!(2 * size * size * 4);
    // 3.6 GB beyond the arena, which the checks of @zeroskip/kernels would refuse.
    const views = Float64Array.from([...view(9e8, size), ...view(0, size)]);
    const program = addon.createProgram!([{ op: 'toChannelsLast' }], views, new Float32Array(0), undefined);
    const execute = async () => addon.execute!(program, arena, 0, 1, 1, undefined, false, [], []);
    await expect(execute()).rejects.toMatchObject({
      code: 'ERR_NATIVE',
      message: expect.stringMatching(/received a trap: .+/),
    });
    const lost = expect.objectContaining({ code: 'ERR_NATIVE' });
    expect(() => addon.writeArena!(arena, 0, new Float32Array(1))).toThrow(lost);
    await expect(execute()).rejects.toEqual(lost);
    expect(addon.releaseArena!(arena)).toBeUndefined();

    const next = addon.createArena!(1);
    addon.writeArena!(next, 0, Float32Array.of(7));
    const values = new Float32Array(1);
    addon.readArena!(next, 0, values);
    expect(values[0]).toBe(7);
    // With something of before the trap in it, however deep, it would touch what is not its own.
    const mixed = [{ op: 'convolution', convolution: { convolution: program } }];
    expect(() => addon.createProgram!(mixed, views, new Float32Array(0), undefined)).toThrow(lost);
    expect(() => addon.releaseProgram!(program)).not.toThrow();
  });
});
