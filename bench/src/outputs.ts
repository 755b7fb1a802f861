// Writes docs/cli/<command>.txt: what the commands print for a real network, for the guide (docs/cli.md).
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheNsfw } from './nsfw.ts';
import { photos } from './packages.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(repository, 'apps', 'cli', 'bin', 'zeroskip.cjs');
const target = join(repository, 'docs', 'cli');

/** One example for each command but "worker", which needs a server, in an order in which each has what it reads. */
const examples: readonly string[] = [
  'list',
  'check network.onnx',
  'inspect network.onnx --inputs a.jpg b.jpg --html zeros.html',
  'select network.onnx --inputs a.jpg b.jpg --threads 1 -o plan.json',
  'explain plan.json --layers conv2d_4',
  'bench network.onnx --input c.jpg --threads 1,2 --plan plan.json --peers onnxruntime --json before.json',
  'bench network.onnx --input c.jpg --threads 1,2 --plan plan.json --peers onnxruntime --json after.json',
  'compare before.json after.json --fail-on 5%',
  'run network.onnx --input c.jpg --plan plan.json --threads 1 --output scores.npy',
  'batch network.onnx --inputs photos --output scores --task scores --top 1',
  'roofline network.onnx --input c.jpg --plan plan.json --threads 1 --layers conv2d_4 --html roofline.html',
  'layers --shapes alexnet.txt --threads 1 --algorithms cps,direct --peers onnxruntime',
  'paper network.onnx --inputs a.jpg b.jpg --threads 1 --plan plan.json',
];

const folder = await mkdtemp(join(tmpdir(), 'zeroskip-outputs-'));
try {
  await symlink((await cacheNsfw('inception-v3')).onnx, join(folder, 'network.onnx'));
  for (const [i, name] of ['a.jpg', 'b.jpg', 'c.jpg'].entries())
    await copyFile(photos[i]!, join(folder, name));
  await copyFile(join(repository, 'bench', 'shapes', 'alexnet.txt'), join(folder, 'alexnet.txt'));
  await mkdir(join(folder, 'photos'));
  for (const [i, photo] of photos.entries()) await copyFile(photo, join(folder, 'photos', `${i}.jpg`));
  await mkdir(target, { recursive: true });
  for (const example of examples) {
    console.log(`zeroskip ${example}`);
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...example.split(' ')], {
      cwd: folder,
      encoding: 'utf8',
    });
    // compare may find one slower.
    if (status !== 0 && status !== 3) throw new Error(`zeroskip ${example} ended with ${status}: ${stderr}`);
    const [command] = example.split(' ');
    await writeFile(join(target, `${command}.txt`), `$ zeroskip ${example}\n${stdout}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
