// The loop that a program writes with onnxruntime-node and sharp, by their documentation, all else as it comes.
//     node dist/batch/loop.js <model> <folder of photos> <size> <file of results>
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const [model, folder, side, output] = process.argv.slice(2) as [string, string, string, string];
const size = Number(side);
const session = await InferenceSession.create(model);
const [input] = session.inputNames as [string];
const lines: string[] = [];
for (const name of await readdir(folder)) {
  const pixels = await sharp(join(folder, name))
    .autoOrient()
    .removeAlpha()
    .resize(size, size, { fit: 'fill' })
    .raw()
    .toBuffer();
  const values = new Float32Array(pixels.length);
  // A callback for each value would take longer than the network.
  for (let i = 0; i < values.length; i++) values[i] = pixels[i]! / 255;
  const results = await session.run({ [input]: new Tensor('float32', values, [1, size, size, 3]) });
  const scores = Object.values(results)[0]!.data as Float32Array;
  lines.push(JSON.stringify({ input: name, scores: [...scores] }));
}
await writeFile(output, `${lines.join('\n')}\n`);
