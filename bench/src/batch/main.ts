/**
 * Times "zeroskip batch" on photos against loops: "zeroskip run" on one thread, and onnxruntime-node with sharp.
 *
 *     node dist/batch/main.js [--photos <number>] [--rounds <number>] [--queue]
 *
 * Every contender is a process, from its start to its end, and they take turns; the network is MobileNetV2. With
 * `--queue`, two workers of a queue are timed against one with InceptionV3, on a Redis server of this program's own.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '@zeroskip/tensor';
import { cacheNsfw } from '../nsfw.ts';
import { writePhotos } from './photos.ts';
import { queueRates } from './queue.ts';
import { type Timed, timed } from './timed.ts';

const zeroskip = fileURLToPath(new URL('../../../apps/cli/bin/zeroskip.cjs', import.meta.url));
const loop = fileURLToPath(new URL('./loop.js', import.meta.url));
const SIZE = 224;

const { values } = parseArgs({
  options: {
    photos: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '1' },
    queue: { type: 'boolean', default: false },
  },
});
const [count, rounds] = [values.photos, values.rounds].map((text) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`Expected whole numbers from 1 for --photos and --rounds, received ${text}.`);
  }
  return value;
}) as [number, number];

const { onnx: model } = await cacheNsfw(values.queue ? 'inception-v3' : 'mobilenet-v2');
const folder = await mkdtemp(join(tmpdir(), 'zeroskip-batch-'));
const photos = join(folder, 'photos');
const at = (name: string) => join(folder, name);
const batch = (output: string) => [
  ...[zeroskip, 'batch', model, '--inputs', photos, '--output', at(output)],
  ...['--task', 'scores', '--top', '1'],
];

const contenders: Record<string, () => Promise<Timed>> = {
  'zeroskip batch': async () => {
    await rm(at('batch'), { recursive: true, force: true });
    return timed(batch('batch'));
  },
  'zeroskip run, one thread': () =>
    timed([
      ...[zeroskip, 'run', model, '--inputs', photos, '--threads', '1'],
      ...['--output', join(at('run'), '{name}.json'), '--task', 'scores', '--top', '1'],
    ]),
  'onnxruntime-node and sharp': () => timed([loop, model, photos, String(SIZE), at('loop.jsonl')]),
};

/** Whether both found the same classes. */
async function assertSame(): Promise<void> {
  const lines = async (path: string) =>
    (await readFile(path, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const found = new Map(
    (await lines(at('batch/scores.jsonl'))).map(({ input, scores }) => [input, scores[0]]),
  );
  for (const { input, scores } of await lines(at('loop.jsonl'))) {
    const { class: index, score } = found.get(input);
    if (Math.abs(scores[index] - score) > 0.01) {
      throw new Error(`Expected a score of ${scores[index]} for ${input}, received ${score}.`);
    }
  }
}

function resident({ residentMib }: Timed): string {
  const settled = residentMib.slice(Math.ceil(residentMib.length / 4));
  const mib = (value: number | undefined) => `${value?.toFixed(0)} MiB`;
  return `${mib(settled[0])} after a quarter of the time, ${mib(settled.at(-1))} at the end, ${mib(Math.max(...settled))} at most`;
}

try {
  await writePhotos(photos, count);
  // What the system still has to write would be the first contender's load.
  execFileSync('sync');
  if (values.queue) {
    const rates: [number, number][] = [];
    for (let round = 0; round < rounds; round++) {
      const [one, two] = (await queueRates(zeroskip, folder, count, batch)) as [number, number];
      console.log(
        `one worker ${one.toFixed(1)} photos/s, two workers ${two.toFixed(1)}, ${(two / one).toFixed(2)}×`,
      );
      rates.push([one, two]);
    }
    console.log(`median ${median(rates.map(([one, two]) => two / one)).toFixed(2)}×`);
  } else {
    await mkdir(at('run'));
    const taken = new Map<string, Timed[]>(Object.keys(contenders).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, run] of Object.entries(contenders)) taken.get(name)!.push(await run());
    }
    await assertSame();
    const [first] = taken.get('zeroskip batch')!;
    console.log(first!.out.trim());
    console.log(`memory                      ${resident(first!)}`);
    const ours = median(taken.get('zeroskip batch')!.map(({ seconds }) => seconds));
    for (const [name, runs] of taken) {
      const seconds = median(runs.map((run) => run.seconds));
      const rate = `${(count / seconds).toFixed(1)} photos/s`;
      console.log(`${name.padEnd(28)}${seconds.toFixed(1)} s  ${rate}  ${(seconds / ours).toFixed(2)}×`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
