/** Runs the same network on onnxruntime-web, off the page; loaded when a comparison is asked for. */

import script from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import module from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as onnxruntime from 'onnxruntime-web/wasm';
import { largestDifference } from './difference.ts';
import type { PlainTensor } from './numbers.ts';
import { answer } from './requests.ts';
import { threads } from './threads.ts';
import type { ModelSource, PeerTask } from './worker.ts';

const { env } = onnxruntime;
const absolute = (address: string) => new URL(address, import.meta.url).href;
env.wasm.wasmPaths = { mjs: absolute(script), wasm: absolute(module) };
env.wasm.numThreads = threads;
env.logLevel = 'error';

let session: onnxruntime.InferenceSession;
let feeds: Record<string, onnxruntime.Tensor>;

const tensorOf = ({ type, data, dims }: PlainTensor) =>
  new onnxruntime.Tensor(type as 'float32', data as Float32Array, dims);

async function bytesOf(source: ModelSource): Promise<Uint8Array> {
  const from = typeof source === 'string' ? await fetch(source) : source.model;
  return new Uint8Array(await from.arrayBuffer());
}

/** @returns the largest difference of its results from those of Zeroskip */
async function load({ source, task }: { source: ModelSource; task: PeerTask }): Promise<number> {
  const beside = typeof source === 'string' || task.onnx ? [] : source.beside;
  const externalData = await Promise.all(
    beside.map(async (file) => ({ path: file.name, data: new Uint8Array(await file.arrayBuffer()) })),
  );
  session = await onnxruntime.InferenceSession.create(task.onnx ?? (await bytesOf(source)), {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
    externalData,
  });
  feeds = Object.fromEntries(Object.entries(task.feeds).map(([name, each]) => [name, tensorOf(each)]));
  return largestDifference(task.results, await session.run(feeds));
}

/** @returns milliseconds of a run, the mean of `runs` */
async function time(runs: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) await session.run(feeds);
  return (performance.now() - start) / runs;
}

const handlers = { load, time };
export type Peer = typeof handlers;

answer(handlers);
