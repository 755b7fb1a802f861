import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/batch/journal.ts';

const folder = temporaryFolder();
const paths = (name: string) => ({
  journal: folder.path(`${name}.journal.jsonl`),
  results: folder.path(`${name}.scores.jsonl`),
});
const header = { journal: 1, sha256: 'ab' };
const outcome = (input: string, record?: object) => ({
  ...{ input, version: 'v1', sha256: 'cd', ms: 3.4 },
  ...(record && { record: { ...record } }),
});
const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

async function write(name: string, ...outcomes: Parameters<Journal['add']>[0][]): Promise<void> {
  const journal = await Journal.open(paths(name), header);
  for (const each of outcomes) journal.add(each);
  await journal.close();
}

describe('Journal', () => {
  it('has a line for each input, and finds those that are done', async () => {
    const output = { name: 'a.png', bytes: 7 };
    const failure = { code: 'ERR_FILE', message: 'gone' } as const;
    const journal = await Journal.open(paths('all'), header);
    journal.add({ ...outcome('a'), output });
    journal.add({ input: 'b', version: 'v2', ms: 1, failure });
    await journal.addBatchSize(4);
    await journal.close();
    const [first, ...others] = lines(paths('all').journal);
    expect(first).toEqual(header);
    expect(others).toContainEqual({ batchSize: 4 });
    expect(others).toContainEqual(
      expect.objectContaining({ input: 'a', outcome: 'done', sha256: 'cd', ms: 3, output }),
    );
    expect(others).toContainEqual(expect.objectContaining({ input: 'b', outcome: 'failed', ...failure }));
    expect(existsSync(paths('all').results)).toBe(false);
    const again = await Journal.open(paths('all'), header);
    expect([...again.done]).toEqual([['a', { version: 'v1', sha256: 'cd', end: 0, output }]]);
    expect(again.batchSize).toBe(4);
    await again.close();
  });

  it('is written by one process at a time', async () => {
    const journal = await Journal.open(paths('held'), header);
    const lock = `${paths('held').journal}.lock`;
    // A process that runs, and is not this one.
    writeFileSync(lock, JSON.stringify({ host: hostname(), pid: process.ppid }));
    await expect(Journal.open(paths('held'), header)).rejects.toThrow(
      `Expected no other run that writes to it (${lock}) for the journal, received process ${process.ppid} on`,
    );
    await journal.close();
    expect(existsSync(lock)).toBe(false);
  });

  it.each([
    ['of this machine that runs no more', { host: hostname(), pid: 2 ** 22 + 1 }, 0],
    ['of another machine that has been silent', { host: 'another', pid: 1 }, 100],
  ])('is taken over from a process %s', async (_what, holder, secondsAgo) => {
    const lock = `${paths('left').journal}.lock`;
    writeFileSync(lock, JSON.stringify(holder));
    const time = Date.now() / 1000 - secondsAgo;
    utimesSync(lock, time, time);
    await write('left', outcome('a'));
    expect(existsSync(lock)).toBe(false);
  });

  it('is not taken from a process of another machine', async () => {
    const lock = `${paths('far').journal}.lock`;
    writeFileSync(lock, JSON.stringify({ host: 'another', pid: 1 }));
    await expect(Journal.open(paths('far'), header)).rejects.toThrow('process 1 on another');
  });

  it('does not begin beside results that it knows nothing of', async () => {
    writeFileSync(paths('foreign').results, '{"input":"a","scores":[1]}\n');
    await expect(Journal.open(paths('foreign'), header)).rejects.toMatchObject({ code: 'ERR_FILE' });
    expect(lines(paths('foreign').results)).toHaveLength(1);
  });

  it('does not take lines that were lost once for others that are as long', async () => {
    await write('vanished', outcome('a', { scores: [1] }), outcome('b', { scores: [2] }));
    rmSync(paths('vanished').results);
    await write('vanished', outcome('a', { scores: [1] }));
    appendFileSync(paths('vanished').results, '{"input":"x","scores":[9]}\n');
    const again = await Journal.open(paths('vanished'), header);
    expect([...again.done.keys()]).toEqual(['a']);
    await again.close();
    expect(lines(paths('vanished').results)).toEqual([{ input: 'a', scores: [1] }]);
  });

  it('drops a line that was not written whole', async () => {
    await write('torn', outcome('a'));
    const whole = readFileSync(paths('torn').journal);
    appendFileSync(paths('torn').journal, '{"input":"b","outc');
    await write('torn');
    expect(readFileSync(paths('torn').journal)).toEqual(whole);
  });

  it('drops lines of results that it does not have', async () => {
    await write('results', outcome('a', { scores: [1] }));
    const whole = readFileSync(paths('results').results);
    appendFileSync(paths('results').results, '{"input":"b","scores":[2]}\n{"inp');
    const journal = await Journal.open(paths('results'), header);
    expect([...journal.done.keys()]).toEqual(['a']);
    journal.add(outcome('b', { scores: [3] }));
    await journal.close();
    expect(lines(paths('results').results)).toEqual([
      { input: 'a', scores: [1] },
      { input: 'b', scores: [3] },
    ]);
    expect(readFileSync(paths('results').results).subarray(0, whole.length)).toEqual(whole);
  });

  it('does again what has lost its line of results', async () => {
    await write('lost', outcome('a', { scores: [1] }));
    await write('lost', outcome('b', { scores: [2] }));
    const { length } = readFileSync(paths('lost').results);
    truncateSync(paths('lost').results, length - 3);
    const journal = await Journal.open(paths('lost'), header);
    expect([...journal.done.keys()]).toEqual(['a']);
    await journal.close();
    expect(lines(paths('lost').results)).toEqual([{ input: 'a', scores: [1] }]);
  });

  it('refuses the journal of other settings, and says which', async () => {
    await write('other', outcome('a'));
    await expect(Journal.open(paths('other'), { ...header, sha256: 'ef' })).rejects.toThrow(
      /^Expected \{"sha256":"ab"\} as before, or another folder for sha256 of the run that .*journal/,
    );
  });

  it('refuses what is no journal', async () => {
    folder.write('odd.journal.jsonl', 'notes\n');
    await expect(Journal.open(paths('odd'), header)).rejects.toMatchObject({ code: 'ERR_INVALID_FORMAT' });
  });

  it('says that it cannot be written', async () => {
    const none = { journal: folder.path('none/j'), results: folder.path('none/r') };
    await expect(Journal.open(none, header)).rejects.toMatchObject({ code: 'ERR_FILE' });
  });
});
