import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { photos, prepareIsnet } from '@zeroskip/bench';
import { writeCutOut } from './cut-out.ts';
import { planFile } from './plan-cache.ts';

const require = createRequire(import.meta.url);
const cache = join(dirname(fileURLToPath(import.meta.url)), '..', '.cache');
const zeroskip = join(dirname(require.resolve('@zeroskip/cli/package.json')), 'bin', 'zeroskip.cjs');
const addon = join(dirname(require.resolve('@zeroskip/kernels')), '..', 'build', 'Release', 'zeroskip.node');

const threads = availableParallelism();
const show = (path: string) => relative(process.cwd(), path);

/** Runs the command line tool, as a user would; it words its own errors. */
function run(command: string, ...args: string[]): void {
  const typed = [command, ...args.map((arg) => (isAbsolute(arg) ? show(arg) : arg))];
  console.log(`\n$ zeroskip ${typed.join(' ')}`);
  const { status } = spawnSync(process.execPath, [zeroskip, ...typed], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

async function demo(): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const model = join(cache, 'isnet.onnx');
  const photo = join(cache, 'photo.jpg');
  console.log('Preparing ISNet (background removal, 1024 × 1024) and a photo …');
  await prepareIsnet(model);
  copyFileSync(photos[0]!, photo);

  const input = ['--input', photo, '--mean', '128', '--std', '256', '--threads', String(threads)];
  const plan = join(
    cache,
    planFile(
      [model, addon, photo].map((path) => readFileSync(path)),
      threads,
    ),
  );
  if (existsSync(plan)) console.log(`The plan for this model and machine is there: ${show(plan)}`);
  else run('select', model, ...input, '--budget', '60', '--output', plan);

  const results = join(cache, 'bench.json');
  // ISNet's file holds 16-bit floats, which cost onnxruntime time: it runs the network in float32, too.
  const peers = ['--peers', 'onnxruntime', 'onnxruntime-float32'];
  run('bench', model, ...input, '--plan', plan, ...peers, '--runs', '7', '--json', results);

  const mask = join(cache, 'mask.png');
  const cutOut = join(cache, 'cut-out.png');
  run('run', model, ...input, '--plan', plan, '--output', mask);
  await writeCutOut(photo, mask, cutOut);
  rmSync(mask);

  const { subject, verification } = JSON.parse(readFileSync(results, 'utf8'));
  const maskOf = (name: string) =>
    verification.find(({ contender }: { contender: string }) => contender === name);
  const [ours, theirs] = [subject, 'onnxruntime'].map((name) => maskOf(name).maxAbsDiff.toExponential(1));
  console.log(`
The mask (${maskOf(subject).output}) differs by at most ${ours} from that of onnxruntime in float32, in the same run;
onnxruntime on the file's 16-bit floats differs from it by at most ${theirs}.
All figures and raw samples: ${show(results)}
The photo without its background: ${show(cutOut)}`);
}

try {
  await demo();
} catch (error) {
  console.error(`The demo failed: ${(error as Error).message}`);
  process.exitCode = 1;
}
