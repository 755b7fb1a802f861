import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { twoConvolutionsModel } from '../../support/network.ts';
import { writePhotos } from '../../support/photos.ts';
import { Program, packageRoot, type Started } from '../../support/program.ts';
import { hasRedis, Redis } from '../../support/redis.ts';
import { jsonLines } from '../../support/zeroskip.ts';

const outDir = join(packageRoot, '.cache', 'queue');
const program = new Program(outDir);
const folder = temporaryFolder();
const PHOTOS = 240;
const FILES_PER_JOB = 6;

describe.runIf(hasRedis)('a queue', () => {
  let redis: Redis;
  let model = '';
  let photos = '';
  let names: string[] = [];

  beforeAll(async () => {
    await program.build();
    mkdirSync(folder.path('redis'));
    redis = await Redis.start(folder.path('redis'));
    model = folder.write('model.onnx', twoConvolutionsModel(256, 256));
    photos = folder.path('photos');
    names = await writePhotos(photos, PHOTOS);
  });
  afterAll(async () => {
    await redis?.stop();
    rmSync(outDir, { recursive: true, force: true });
  });

  const batch = (output: string, ...more: string[]) =>
    program.start([
      ...['batch', model, '--inputs', photos, '--output', folder.path(output)],
      ...['--task', 'tensor', ...more],
    ]);
  const queued = (output: string) =>
    batch(output, '--queue', redis.url, '--queue-name', output, '--files-per-job', String(FILES_PER_JOB));
  const work = (name: string, onOutput?: (out: string) => void) =>
    program.start(
      ['worker', '--queue', redis.url, '--queue-name', name, '--threads', '1', '--stalled-after', '1'],
      onOutput,
    );
  const linesOf = (output: string) => {
    const path = folder.path(`${output}/journal.jsonl`);
    return statSync(path, { throwIfNoEntry: false }) ? jsonLines(path) : [];
  };
  const doneIn = (output: string) =>
    linesOf(output).flatMap(({ outcome, input }) => (outcome === 'done' ? [input as string] : []));
  const until = async (output: string, count: number) => {
    while (doneIn(output).length < count) await delay(20);
  };
  const result = (output: string, name: string) =>
    readFileSync(folder.path(`${output}/${name.replace('.jpg', '.npy')}`));
  async function end({ child, end: ended }: Started) {
    child.kill('SIGTERM');
    return ended;
  }

  it('loses nothing and doubles nothing, whichever of its parts ends', async () => {
    expect(await batch('alone', '--workers', '2').end).toMatchObject({ status: 0 });
    const expected = new Map(names.map((name) => [name, result('alone', name)]));
    mkdirSync(folder.path('queued'));
    let writes = 0;
    let others = 0;
    const watcher = watch(folder.path('queued'), (_, name) => {
      if (!name?.endsWith('.npy') || !statSync(folder.path(`queued/${name}`), { throwIfNoEntry: false }))
        return;
      writes++;
      if (!result('queued', name).equals(expected.get(name.replace('.npy', '.jpg'))!)) others++;
    });
    const workers = [work('queued'), work('queued'), work('queued')] as const;
    const producer = queued('queued');
    await until('queued', 30);
    workers[0].child.kill('SIGKILL');
    await until('queued', 60);
    const stopped = await end(workers[1]);
    expect(stopped).toMatchObject({ status: 0, err: '' });
    await until('queued', 90);
    await redis.stop();
    await delay(300);
    await redis.start();
    const { status, out, err } = await producer.end;
    expect({ status, out }).toEqual({ status: 0, out: expect.stringContaining(`${PHOTOS} inputs in`) });
    expect(err).toMatch(/^The connection to \S+ is lost .*\nThe connection to \S+ is there again\.\n$/);
    expect((await end(workers[2])).status).toBe(0);
    watcher.close();
    expect(names.filter((name) => !result('queued', name).equals(expected.get(name)!))).toEqual([]);
    expect(doneIn('queued').sort()).toEqual(names);
    expect(readdirSync(folder.path('queued')).sort()).toEqual(
      [...names.map((name) => name.replace('.jpg', '.npy')), 'journal.jsonl'].sort(),
    );
    expect(others).toBe(0);
    const returned = (stopped.out.match(/was given back/g) ?? []).length;
    console.log(
      `${PHOTOS} inputs, ${writes} writes, ${others} of other bytes; one of 3 workers killed, one stopped, which gave back ${returned} jobs; Redis restarted.`,
    );
  });

  it('keeps the jobs of a run that is killed, for the same run to wait for', async () => {
    const first = queued('resumed');
    const worker = work('resumed');
    await until('resumed', 12);
    first.child.kill('SIGKILL');
    await first.end;
    expect(await queued('resumed').end).toMatchObject({ status: 0, err: '' });
    expect(doneIn('resumed').sort()).toEqual(names);
    expect(await end(worker)).toMatchObject({ status: 0 });
  });

  it('takes what a second try has done for done', async () => {
    const bytes = readFileSync(model);
    const producer = queued('retried');
    while (linesOf('retried').length === 0) await delay(20);
    writeFileSync(model, 'another model');
    const worker = work('retried', (out) => {
      if (out.includes('failed')) writeFileSync(model, bytes);
    });
    expect(await producer.end).toMatchObject({ status: 0, err: '' });
    expect(doneIn('retried').sort()).toEqual(names);
    expect((await end(worker)).out).toMatch(/^Job \d+ failed: /m);
  });

  it('says what a worker does, for Prometheus and for probes', async () => {
    let port = '';
    const worker = program.start(
      ['worker', '--queue', redis.url, '--queue-name', 'told', '--threads', '1', '--status-port', '0'],
      (out) => {
        port = /status on port (\d+)/.exec(out)?.[1] ?? '';
      },
    );
    const told = queued('told');
    await told.end;
    const page = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, text: await response.text() };
    };
    expect(await page('/healthz')).toEqual({ status: 200, text: 'ok\n' });
    expect(await page('/readyz')).toEqual({ status: 200, text: 'ready\n' });
    expect((await page('/nothing')).status).toBe(404);
    expect((await page('//')).status).toBe(404);
    const taken = program.start(['worker', '--queue', redis.url, '--status-port', port]);
    expect(await taken.end).toMatchObject({
      status: 1,
      err: expect.stringContaining('a free port for --status-port'),
    });
    const { text } = await page('/metrics');
    expect(text).toContain(`zeroskip_files_total{outcome="done"} ${PHOTOS}\n`);
    expect(text).toContain(`zeroskip_jobs_total{outcome="done"} ${PHOTOS / FILES_PER_JOB}\n`);
    expect(text).toContain(`zeroskip_file_seconds_count ${PHOTOS}\n`);
    expect(text).toContain('zeroskip_queue_jobs{state="waiting"} 0\n');
    expect((await end(worker)).status).toBe(0);
  });

  it('says that no server answers', async () => {
    const { status, err } = await batch('nowhere', '--queue', 'redis://:secret@127.0.0.1:1').end;
    expect(status).toBe(1);
    expect(err).toMatch(
      /^zeroskip: Expected a Redis server at redis:\/\/127\.0\.0\.1:1 for --queue, received /,
    );
  });
});
