/**
 * Runs nsfwjs or @vladmandic/human, unmodified, on six photos, with TensorFlow.js and with Zeroskip: compares what they
 * say, and times it.
 *
 *     node dist/nsfwjs/main.js [--client nsfwjs] [--model MobileNetV2] [--rounds <number>] [--core <number>] [--page]
 */
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { photos as files } from '../packages.ts';
import { ClientProcess, type EngineChoice, engineChoices, type Photo } from './engines.ts';
import { classifyInPages } from './pages.ts';
import { nsfwProject } from './project.ts';
import { answerDifference, type Timing, timingTable } from './table.ts';

interface Client {
  readonly engines: readonly EngineChoice[];
  /** Of a number that it says. */
  readonly tolerance: number;
}

const clients: Readonly<Record<string, Client>> = {
  nsfwjs: { engines: engineChoices, tolerance: 1e-5 },
  // It cuts photos at whole pixels by what its networks say, and takes minutes on the backend cpu.
  human: { engines: engineChoices.filter(({ backend }) => backend === 'wasm'), tolerance: 1e-3 },
};
const models = ['MobileNetV2', 'MobileNetV2Mid', 'InceptionV3'];

const { values } = parseArgs({
  options: {
    client: { type: 'string', default: 'nsfwjs' },
    model: { type: 'string', default: 'MobileNetV2' },
    rounds: { type: 'string', default: '5' },
    core: { type: 'string' },
    page: { type: 'boolean', default: false },
  },
});
const oneOf = (name: 'client' | 'model', known: readonly string[]) => {
  if (known.includes(values[name])) return values[name];
  throw new RangeError(`Expected one of ${known.join(', ')} for --${name}, received ${values[name]}.`);
};
const whole = (name: string, value: string, least: number) => {
  if (/^\d+$/.test(value) && Number(value) >= least) return Number(value);
  throw new RangeError(`Expected a whole number from ${least} for --${name}, received ${value}.`);
};
const name = oneOf('client', Object.keys(clients));
const model = oneOf('model', models);
const rounds = whole('rounds', values.rounds, 1);
const core = values.core === undefined ? undefined : whole('core', values.core, 0);
const client = clients[name]!;
if (values.page && name !== 'nsfwjs') throw new RangeError('Expected nsfwjs for --client with --page.');

async function readPhoto(file: string): Promise<Photo> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** How far Zeroskip is from TensorFlow.js on the same backend, for each backend. */
async function compare(engines: readonly ClientProcess[], photo: number): Promise<number> {
  const found = await inTurn(engines, async (engine) => ({ ...engine.choice, ...(await engine.run(photo)) }));
  const apart = found.flatMap(({ isZeroskip, backend, answer }) => {
    const own = found.find((other) => !other.isZeroskip && other.backend === backend)!;
    return isZeroskip ? [answerDifference(answer, own.answer)] : [];
  });
  const { length } = found[0]!.answer;
  const shown = apart.map((each) => each.toExponential(1)).join(' and ');
  console.log(`photo ${photo + 1}: ${length} numbers, of which Zeroskip's differ by ${shown}`);
  return Math.max(...apart);
}

/** Each engine in a process of its own, which take turns. @returns the largest difference of a number */
async function runInNode(project: string): Promise<number> {
  const photos = await Promise.all(files.map(readPhoto));
  const program = join(project, `${name}.mjs`);
  const engines = await inTurn(client.engines, (choice) =>
    ClientProcess.start(choice, program, { model, photos, core }),
  );
  let worst = 0;
  for (const photo of photos.keys()) worst = Math.max(worst, await compare(engines, photo));
  const samples = engines.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const photo of photos.keys()) {
      const found = await inTurn(engines, (engine) => engine.run(photo));
      for (const [i, { ms }] of found.entries()) samples[i]!.push(ms);
    }
  }
  console.log(timingTable(engines.map(({ choice }, i): Timing => ({ ...choice, ms: samples[i]! }))));
  for (const engine of engines) engine.end();
  return worst;
}

const project = await nsfwProject();
const place = core === undefined ? `${availableParallelism()} threads` : `on core ${core}`;
const what = name === 'nsfwjs' ? `nsfwjs 4.3.0, ${model}` : 'human 3.3.6';
console.log(`${cpus()[0]!.model}, ${place}, Node ${process.versions.node}, ${what}`);
const worst = values.page
  ? await classifyInPages(project, files, { model, rounds })
  : await runInNode(project);
console.log(`largest difference of a number: ${worst.toExponential(1)}`);
if (!(worst <= client.tolerance)) {
  console.error(`Expected at most ${client.tolerance} for the difference of a number.`);
  process.exitCode = 1;
}
