import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { cache } from './cache.ts';
import { prepareIsnet } from './isnet.ts';
import { cacheNsfw, nsfwModels } from './nsfw.ts';

async function report(path: string): Promise<void> {
  const { size } = await stat(path);
  console.log(`${relative(process.cwd(), path)}  ${(size / 2 ** 20).toFixed(1)} MiB`);
}

const isnet = join(cache, 'isnet.onnx');
await prepareIsnet(isnet);
await report(isnet);
for (const { name } of nsfwModels) {
  const { json, onnx } = await cacheNsfw(name);
  await report(json);
  await report(onnx);
}
