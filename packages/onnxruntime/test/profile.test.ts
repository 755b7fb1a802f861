import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../src/index.ts';
import { testFolder } from './support/folder.ts';
import { dims, model, pixels } from './support/models.ts';

interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, unknown>>;
}

const file = testFolder();
const feeds = () => ({ image: new Tensor('float32', pixels(), dims) });

const profiled = (prefix: string) =>
  InferenceSession.create(model, { enableProfiling: true, profileFilePrefix: file(prefix) });

/** The events of each file with that prefix, in order of time. */
function profiles(prefix: string): TraceEvent[][] {
  const path = file(prefix);
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
  return names.sort().map((name) => JSON.parse(readFileSync(file(name), 'utf8')) as TraceEvent[]);
}

describe('the file of enableProfiling', () => {
  it('has an event for each layer of each run, in the form of Chrome', async () => {
    const session = await profiled('two-runs');
    await session.run(feeds(), { tag: 'first' });
    await session.run(feeds());
    expect(profiles('two-runs')).toEqual([]);
    expect(session.endProfiling()).toBeUndefined();
    const [events] = profiles('two-runs');
    const { pid } = process;
    for (const event of events!)
      expect(event).toMatchObject({ ph: 'X', pid, tid: pid, args: expect.any(Object) });
    const sessions = events!.filter(({ cat }) => cat === 'Session');
    expect(sessions.map(({ name }) => name)).toEqual(['session_initialization', 'model_run', 'model_run']);
    expect(sessions.map(({ args }) => args.tag)).toEqual([undefined, 'first', undefined]);
    const nodes = events!.filter(({ cat }) => cat === 'Node');
    const convolutions = nodes.filter(({ args }) => args.op_name === 'Conv');
    expect(convolutions).toHaveLength(2);
    expect(convolutions[0]).toMatchObject({
      name: 'edges_kernel_time',
      args: { node_name: 'edges', algorithm: expect.any(String), density: expect.any(Number) },
    });
    for (const [i, { ts, dur }] of nodes.entries()) {
      const next = nodes[i + 1];
      if (next) expect(ts + dur).toBeLessThanOrEqual(next.ts);
    }
  });

  it('is written once, by endProfiling or by release', async () => {
    const ended = await profiled('ended');
    ended.endProfiling();
    ended.endProfiling();
    await ended.release();
    expect(profiles('ended')).toHaveLength(1);
    const released = await profiled('released');
    await released.release();
    expect(profiles('released')).toHaveLength(1);
  });

  it('is followed by another after startProfiling', async () => {
    const session = await profiled('again');
    session.startProfiling();
    session.endProfiling();
    await session.run(feeds());
    await new Promise((resolve) => setTimeout(resolve, 2));
    session.startProfiling();
    await session.run(feeds());
    session.endProfiling();
    const [first, second] = profiles('again');
    expect(first!.map(({ name }) => name)).toEqual(['session_initialization']);
    expect(second!.filter(({ name }) => name === 'model_run')).toHaveLength(1);
  });

  it('is not written without the option', async () => {
    const session = await InferenceSession.create(model, { profileFilePrefix: file('none') });
    session.startProfiling();
    await session.run(feeds());
    session.endProfiling();
    await session.release();
    expect(profiles('none')).toEqual([]);
  });

  it('that cannot be written is an error', async () => {
    const session = await profiled('no-folder/profile');
    expect(() => session.endProfiling()).toThrow('ENOENT');
  });

  it('is named onnxruntime_profile without profileFilePrefix', async () => {
    const session = await InferenceSession.create(model, { enableProfiling: true });
    const here = process.cwd();
    process.chdir(dirname(file('any')));
    try {
      session.endProfiling();
    } finally {
      process.chdir(here);
    }
    expect(profiles('onnxruntime_profile')).toHaveLength(1);
  });
});
