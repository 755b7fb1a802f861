import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { exportOnnx } from '@zeroskip/runner';
import { median, type Tensor } from '@zeroskip/tensor';
import { cache } from './cache.ts';
import { largestDifference } from './difference.ts';
import type { Engine } from './engines/engine.ts';
import { onnxruntime } from './engines/onnxruntime.ts';
import { tensorflow } from './engines/tensorflow.ts';
import { zeroskip } from './engines/zeroskip.ts';
import { nsfwInput } from './image.ts';
import { type NsfwModel, nsfwModels, prepareNsfw } from './nsfw.ts';
import { photos } from './packages.ts';

const ROUNDS = 15;
const TOLERANCE = 1e-5;

const threads = availableParallelism();

/** Median milliseconds of each engine; their runs take turns. */
async function time(engines: readonly Engine[], image: Tensor) {
  const samples: number[][] = engines.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, engine] of engines.entries()) {
      const start = performance.now();
      await engine.run(image);
      samples[i]!.push(performance.now() - start);
    }
  }
  return samples.map(median);
}

/** Compares the engines on three photos. @returns whether all are within the tolerance */
async function verify(model: NsfwModel): Promise<boolean> {
  const json = await prepareNsfw(model, join(cache, model.name));
  const own = await zeroskip(json, threads);
  const ort = await onnxruntime(await exportOnnx(json), threads);
  const reference = await tensorflow(json);
  const images = await Promise.all(photos.slice(0, 3).map((photo) => nsfwInput(photo, model.size)));
  let worst = 0;
  for (const [i, image] of images.entries()) {
    const values = await own.run(image);
    const fromOrt = largestDifference(values, await ort.run(image));
    const fromReference = largestDifference(values, await reference.run(image));
    worst = Math.max(worst, fromOrt, fromReference);
    console.log(
      `${model.name}  photo ${i + 1}  largest difference from onnxruntime ${fromOrt.toExponential(1)}, from TensorFlow.js ${fromReference.toExponential(1)}`,
    );
  }
  const [zeroskipMs, ortMs] = (await time([own, ort], images[0]!)) as [number, number];
  console.log(
    `${model.name}  ${threads} threads, median of ${ROUNDS}: zeroskip ${zeroskipMs.toFixed(1)} ms, onnxruntime ${ortMs.toFixed(1)} ms (${(ortMs / zeroskipMs).toFixed(2)}×)`,
  );
  for (const engine of [own, ort, reference]) await engine.release();
  return worst <= TOLERANCE;
}

for (const model of nsfwModels) {
  if (await verify(model)) continue;
  console.error(`${model.name}: Expected differences of at most ${TOLERANCE}.`);
  process.exitCode = 1;
}
