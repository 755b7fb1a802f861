/**
 * Classifies six photos with nsfwjs, unmodified, on TensorFlow.js and on Zeroskip: compares the classes, and times
 * classify().
 *
 *     node dist/nsfwjs/main.js [--model MobileNetV2] [--rounds <number>] [--core <number>] [--page]
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { photos as files } from '../packages.ts';
import { engineChoices, NsfwProcess, type Photo } from './engines.ts';
import { classifyInPages } from './pages.ts';
import { nsfwProject } from './project.ts';
import { classDifference, type Timing, timingTable } from './table.ts';

const TOLERANCE = 1e-5;
const MODELS = ['MobileNetV2', 'MobileNetV2Mid', 'InceptionV3'];

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'MobileNetV2' },
    rounds: { type: 'string', default: '5' },
    core: { type: 'string' },
    page: { type: 'boolean', default: false },
  },
});
const { model } = values;
if (!MODELS.includes(model))
  throw new RangeError(`Expected one of ${MODELS.join(', ')} for --model, received ${model}.`);
const whole = (name: string, value: string, least: number) => {
  if (/^\d+$/.test(value) && Number(value) >= least) return Number(value);
  throw new RangeError(`Expected a whole number from ${least} for --${name}, received ${value}.`);
};
const rounds = whole('rounds', values.rounds, 1);
const core = values.core === undefined ? undefined : whole('core', values.core, 0);

async function readPhoto(file: string): Promise<Photo> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Each engine in a process of its own, which take turns. @returns the largest difference of a probability */
async function classifyInNode(project: string, photos: readonly Photo[]): Promise<number> {
  const engines = await inTurn(engineChoices, (choice) =>
    NsfwProcess.start(choice, project, { model, photos, core }),
  );
  let worst = 0;
  for (const photo of photos.keys()) {
    const found = await inTurn(engines, async (engine) => ({
      ...engine.choice,
      ...(await engine.classify(photo)),
    }));
    const differences = found.flatMap(({ isZeroskip, backend, classes }) => {
      const own = found.find((other) => !other.isZeroskip && other.backend === backend)!;
      return isZeroskip ? [classDifference(classes, own.classes)] : [];
    });
    worst = Math.max(worst, ...differences);
    const { className, probability } = found[0]!.classes[0]!;
    const shown = differences.map((each) => each.toExponential(1)).join(' and ');
    console.log(`photo ${photo + 1}: ${className} ${probability.toFixed(4)}, Zeroskip differs by ${shown}`);
  }
  const samples = engines.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const photo of photos.keys()) {
      const found = await inTurn(engines, (engine) => engine.classify(photo));
      for (const [i, { ms }] of found.entries()) samples[i]!.push(ms);
    }
  }
  const timings = engines.map(({ choice }, i): Timing => ({ ...choice, ms: samples[i]! }));
  console.log(timingTable(timings));
  for (const engine of engines) engine.end();
  return worst;
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

const project = await nsfwProject();
const place = core === undefined ? `${availableParallelism()} threads` : `on core ${core}`;
console.log(`${cpus()[0]!.model}, ${place}, Node ${process.versions.node}, nsfwjs 4.3.0, ${model}`);
const photos = await Promise.all(files.map(readPhoto));
const worst = values.page
  ? await classifyInPages(project, files, { model, rounds })
  : await classifyInNode(project, photos);
console.log(`largest difference of a probability: ${worst.toExponential(1)}`);
if (!(worst <= TOLERANCE)) {
  console.error(`Expected at most ${TOLERANCE} for the difference of a probability.`);
  process.exitCode = 1;
}
