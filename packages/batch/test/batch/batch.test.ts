import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BatchProgress, batch, type Files } from '../../src/batch/batch.ts';
import type { FileOutcome } from '../../src/batch/outcome.ts';
import { openInputs } from '../../src/storage/inputs.ts';
import { openStorage } from '../../src/storage/open.ts';
import type { Task } from '../../src/tasks/task.ts';
import { network } from '../support/network.ts';
import { photo, writeFiles, writePhotos } from '../support/photos.ts';

const folder = temporaryFolder();
let model = '';
let names: string[] = [];
let photos = '';

beforeAll(async () => {
  model = folder.write('model.onnx', network());
  photos = folder.path('photos');
  names = await writePhotos(photos, 6);
});

interface Ran {
  readonly progress: BatchProgress;
  readonly outcomes: readonly FileOutcome[];
}

async function run(
  output: string,
  {
    task = { task: 'mask' },
    inputs = [photos],
    ...more
  }: Partial<Omit<Files, 'inputs'>> & {
    task?: Task;
    inputs?: string[];
  } = {},
): Promise<Ran> {
  const outcomes: FileOutcome[] = [];
  const files: Files = {
    inputs: await openInputs(inputs),
    output: await openStorage(folder.path(output)),
    journalFolder: folder.path(output),
    onOutcome: (outcome) => outcomes.push(outcome),
    ...more,
  };
  const progress = await batch({ model, task, cores: 1, workers: 1 }, files);
  return { progress, outcomes };
}

const filesIn = (name: string) =>
  readdirSync(folder.path(name), { recursive: true, encoding: 'utf8' }).sort();
const lines = (path: string) =>
  readFileSync(folder.path(path), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('batch', () => {
  it('writes a result for each input, and does nothing twice', async () => {
    const { progress } = await run('masks');
    expect(progress).toEqual({ done: 6, failed: 0, skipped: 0 });
    const outputs = names.map((name) => name.replace('.jpg', '.png'));
    expect(filesIn('masks')).toEqual([...outputs, 'journal.jsonl'].sort());
    const before = readFileSync(folder.path('masks/journal.jsonl'));
    expect((await run('masks')).progress).toEqual({ done: 0, failed: 0, skipped: 6 });
    expect(readFileSync(folder.path('masks/journal.jsonl'))).toEqual(before);
  });

  it('does again what is gone or was changed, but not what was only touched', async () => {
    rmSync(folder.path('masks/000.png'));
    writeFileSync(folder.path('masks/001.png'), 'short');
    writeFiles(photos, { '002.jpg': await photo(99) });
    utimesSync(join(photos, '003.jpg'), 1, 1);
    const { outcomes, progress } = await run('masks');
    expect(outcomes.map(({ input }) => input).sort()).toEqual(['000.jpg', '001.jpg', '002.jpg']);
    expect(progress.skipped).toBe(3);
  });

  it('refuses to go on with other settings', async () => {
    await expect(run('masks', { task: { task: 'cutout' } })).rejects.toThrow(/for task of the run that/);
  });

  it('writes lines of results, and reports bad files', async () => {
    const mixed = folder.path('mixed');
    writeFiles(mixed, { 'a.jpg': await photo(1), 'b.png': 'no photo', 'c.txt': 'no input' });
    const task: Task = { task: 'scores', output: 'scores', labels: ['a', 'b', 'c', 'd'], top: 2 };
    const { progress, outcomes } = await run('scores', { task, inputs: [mixed] });
    expect(progress).toEqual({ done: 1, failed: 1, skipped: 0 });
    expect(outcomes.find(({ input }) => input === 'b.png')!.failure!.code).toBe('ERR_INVALID_FORMAT');
    expect(lines('scores/scores.jsonl')).toEqual([
      { input: 'a.jpg', scores: [expect.any(Object), expect.any(Object)] },
    ]);
    writeFiles(mixed, { 'b.png': await photo(2) });
    expect((await run('scores', { task, inputs: [mixed] })).progress).toEqual({
      done: 1,
      failed: 0,
      skipped: 1,
    });
    expect(lines('scores/scores.jsonl').map(({ input }) => input)).toEqual(['a.jpg', 'b.png']);
  });

  it('keeps folders, and names apart that differ in their endings', async () => {
    const tree = folder.path('tree');
    writeFiles(tree, {
      'x/a.jpg': await photo(1),
      'x/a.png': await photo(2),
      'x/b.jpg': await photo(3),
      'y/a.jpg': await photo(4),
      '.hidden/a.jpg': await photo(5),
    });
    await run('tree-out', { inputs: [tree] });
    const outputs = filesIn('tree-out').filter((name) => name.endsWith('.png'));
    expect(outputs).toEqual(['x/a.jpg.png', 'x/a.png.png', 'x/b.png', 'y/a.png']);
  });

  it('does not take its own results for inputs', async () => {
    const here = folder.path('here');
    writeFiles(here, { 'a.jpg': await photo(1) });
    await run('here/out', { inputs: [here] });
    expect((await run('here/out', { inputs: [here] })).progress).toEqual({ done: 0, failed: 0, skipped: 1 });
  });

  it('takes a list, whose lines may name what is not there', async () => {
    const first = join(photos, '000.jpg');
    const list = folder.write('list.txt', `${first}\r\n\n${join(photos, 'gone.jpg')}\n`);
    const { progress, outcomes } = await run('listed', { inputs: [list] });
    expect(progress).toEqual({ done: 1, failed: 1, skipped: 0 });
    expect(outcomes.find(({ failure }) => failure)!.failure!.code).toBe('ERR_FILE');
    expect(readFileSync(folder.path(`listed${first}.png`)).length).toBeGreaterThan(0);
    const stdin = await openInputs(['-'], Readable.from([`${first}\n`]));
    const names: string[] = [];
    for await (const { name } of stdin.list()) names.push(name);
    expect(names).toEqual([first]);
  });

  it('finishes what is in the works when it is told to end, and goes on later', async () => {
    const controller = new AbortController();
    const { progress } = await run('ended', {
      signal: controller.signal,
      onOutcome: () => controller.abort(),
    });
    expect(progress.done).toBeGreaterThan(0);
    expect(progress.done).toBeLessThan(6);
    const rest = await run('ended');
    expect(rest.progress).toEqual({ done: 6 - progress.done, failed: 0, skipped: progress.done });
  });

  it('goes on where one result cannot be written', async () => {
    mkdirSync(folder.path('blocked/000.png'), { recursive: true });
    const { progress, outcomes } = await run('blocked');
    expect(progress).toEqual({ done: 5, failed: 1, skipped: 0 });
    expect(outcomes.find(({ failure }) => failure)).toMatchObject({ input: '000.jpg' });
  });

  it('ends where no result can be written', async () => {
    const blocked = await openStorage(folder.path('full'));
    blocked.write = () => Promise.reject(new Error('no space'));
    await expect(run('ends', { output: blocked })).rejects.toThrow('no space');
  });

  it('does not write where its inputs are', async () => {
    const same = folder.path('same');
    writeFiles(same, { 'a.png': await photo(1) });
    await expect(run('same', { inputs: [same] })).rejects.toThrow('another place than that of the inputs');
  });

  it('takes files of its output that somebody names', async () => {
    const named = folder.path('named');
    writeFiles(named, { 'a.jpg': await photo(1) });
    const { progress } = await run('named', { inputs: [join(named, 'a.jpg')] });
    expect(progress.done).toBe(1);
  });

  it('runs no input twice, and none whose result would replace that of another', async () => {
    const [first, second] = [join(photos, '000.jpg'), join(photos, '001.jpg')];
    const list = folder.write('again.txt', [first, first, second, `../${second}`, ''].join('\n'));
    const { progress, outcomes } = await run('again', { inputs: [list] });
    expect(progress).toEqual({ done: 2, failed: 1, skipped: 0 });
    expect(outcomes.find(({ failure }) => failure)!.failure!.message).toContain('a name of its own');
  });
});

describe('openInputs', () => {
  it.each([
    ['what is not there', ['none'], 'ERR_FILE'],
    ['two folders', ['a', 'b'], 'ERR_INVALID_ARGUMENT'],
  ])('refuses %s', async (_, paths, code) => {
    await expect(openInputs(paths.map((path) => folder.path(path)))).rejects.toMatchObject({ code });
  });

  it('counts', async () => {
    const first = join(photos, '000.jpg');
    const list = folder.write('two.txt', `${first}\n${first}`);
    for (const [paths, count] of [
      [[photos], 6],
      [[list], 2],
      [[first, first], 2],
      [[first], 1],
    ] as const) {
      expect(await (await openInputs(paths)).count()).toBe(count);
    }
  });
});
