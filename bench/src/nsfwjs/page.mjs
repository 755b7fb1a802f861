// Classifies photos with nsfwjs in a page: with its own engine, and with its model handed over to Zeroskip.

import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { takeOver } from '@zeroskip/tfjs';
import { load } from 'nsfwjs/core';
import { InceptionV3Model } from 'nsfwjs/models/inception_v3';
import { MobileNetV2Model } from 'nsfwjs/models/mobilenet_v2';
import { MobileNetV2MidModel } from 'nsfwjs/models/mobilenet_v2_mid';

const modelDefinitions = [MobileNetV2Model, MobileNetV2MidModel, InceptionV3Model];

/** Threads of the engine that ran last look for more work for a while, on cores that the next one needs. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 30));

async function pixels(address) {
  const picture = await createImageBitmap(await (await fetch(address)).blob());
  const { width, height } = picture;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(picture, 0, 0);
  return context.getImageData(0, 0, width, height);
}

async function timed(net, image) {
  await pause();
  const begin = performance.now();
  const classes = await net.classify(image);
  const ms = performance.now() - begin;
  return {
    ms,
    answer: classes.map(({ className, probability }) => ({ label: className, value: probability })),
  };
}

globalThis.classify = async ({ model, threads, rounds, photos }) => {
  setWasmPaths('/plain/tfjs-wasm/');
  setThreadsCount(threads);
  await tf.setBackend('wasm');
  const theirs = await load(model, { modelDefinitions });
  const ours = await load(model, { modelDefinitions });
  ours.model = await takeOver(ours.model, { session: { intraOpNumThreads: threads } });
  const images = await Promise.all(photos.map(pixels));
  const pairs = [];
  for (let round = 0; round <= rounds; round++) {
    for (const image of images) pairs.push([await timed(theirs, image), await timed(ours, image)]);
  }
  return pairs;
};
