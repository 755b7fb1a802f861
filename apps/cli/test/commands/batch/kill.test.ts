import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '@zeroskip/test-utils';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoresModel, twoConvolutionsModel } from '../../support/network.ts';
import { writePhotos } from '../../support/photos.ts';
import { Program, packageRoot } from '../../support/program.ts';
import { jsonLines } from '../../support/zeroskip.ts';

const outDir = join(packageRoot, '.cache', 'kill');
const program = new Program(outDir);
const folder = temporaryFolder();
const PHOTOS = 400;
const KILLS = 10;
/** What a run may write to its journal before it is killed: some 10 lines. */
const JOURNAL_BYTES = 2000;

beforeAll(async () => {
  await program.build();
  folder.write('tensor.onnx', twoConvolutionsModel(64, 64));
  folder.write('scores.onnx', scoresModel(64));
  await writePhotos(folder.path('photos'), PHOTOS);
});
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

const run = (task: string, output: string) =>
  program.start([
    ...['batch', folder.path(`${task}.onnx`), '--inputs', folder.path('photos'), '--task', task],
    ...['--output', folder.path(output), '--threads', '2', '--workers', '2'],
  ]);

const journalOf = (output: string) => folder.path(`${output}/journal.jsonl`);
const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Kills a run once it has written about as much to its journal; false when it was over before. */
async function killed(task: string, output: string, bytes: number, ms: number): Promise<boolean> {
  const before = sizeOf(journalOf(output));
  const { child, end } = run(task, output);
  let isOver = false;
  end.then(() => {
    isOver = true;
  });
  while (!isOver && sizeOf(journalOf(output)) < before + bytes) await delay(1);
  await delay(ms);
  child.kill('SIGKILL');
  return (await end).signal === 'SIGKILL';
}

/** Every result, by name. */
function resultsIn(output: string): Map<string, unknown> {
  const names = readdirSync(folder.path(output)).filter((name) => name !== 'journal.jsonl');
  const byInput = (a: { input: string }, b: { input: string }) => (a.input < b.input ? -1 : 1);
  return new Map(
    names.map((name) => {
      const path = folder.path(`${output}/${name}`);
      return [name, name.endsWith('.jsonl') ? jsonLines(path).sort(byInput) : readFileSync(path, 'base64')];
    }),
  );
}

describe(`a run that is killed ${KILLS} times`, () => {
  it.each(['tensor', 'scores'])('has each result of the task %s once, as a run that is not', async (task) => {
    expect(await run(task, `${task}-whole`).end).toMatchObject({ status: 0, err: '' });
    const output = `${task}-killed`;
    const random = seededRandom(7);
    let kills = 0;
    while (kills < KILLS && (await killed(task, output, JOURNAL_BYTES * random(), 5 * random()))) kills++;
    expect(kills).toBe(KILLS);
    expect(await run(task, output).end).toMatchObject({ status: 0, err: '' });
    expect(resultsIn(output)).toEqual(resultsIn(`${task}-whole`));
    const done = jsonLines(journalOf(output)).filter(({ outcome }) => outcome === 'done');
    expect(done.map(({ input }) => input).sort()).toEqual(readdirSync(folder.path('photos')).sort());
    console.log(`${task}: killed ${kills} times, ${done.length} results, each written down once.`);
  });
});
