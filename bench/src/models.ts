import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { exportOnnx } from '@zeroskip/runner';
import { cache } from './cache.ts';
import { prepareIsnet } from './isnet.ts';
import { nsfwModels, prepareNsfw } from './nsfw.ts';
import { writeChanged } from './write-changed.ts';

async function report(path: string): Promise<void> {
  const { size } = await stat(path);
  console.log(`${relative(process.cwd(), path)}  ${(size / 2 ** 20).toFixed(1)} MiB`);
}

const isnet = join(cache, 'isnet.onnx');
await prepareIsnet(isnet);
await report(isnet);
for (const model of nsfwModels) {
  const json = await prepareNsfw(model, join(cache, model.name));
  const onnx = join(cache, `${model.name}.onnx`);
  await writeChanged(onnx, await exportOnnx(json));
  await report(json);
  await report(onnx);
}
