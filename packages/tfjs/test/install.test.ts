import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyDependencies, installBuilt } from '@zeroskip/test-utils/installed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Artifacts, classifier, graphArtifacts, saved } from './support/models.ts';

const addon = fileURLToPath(new URL('../../kernels/build/Release/zeroskip.node', import.meta.url));
const tfjs = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs/package.json'));
const project = mkdtempSync(join(tmpdir(), 'zeroskip-tfjs-'));
const modules = join(project, 'node_modules');
afterAll(() => rmSync(project, { recursive: true, force: true }));

const linked = (name: string) => {
  const path = join(modules, '@tensorflow', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(join(tfjs, '..', name)), path);
};

async function writeModel(name: string, { weightData, weightSpecs, ...rest }: Artifacts): Promise<void> {
  const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
  await mkdir(join(project, name));
  await writeFile(join(project, name, 'model.json'), JSON.stringify({ ...rest, weightsManifest }));
  await writeFile(join(project, name, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer));
}

beforeAll(async () => {
  const packages = ['tensor', 'formats', 'kernels', 'selector', 'onnx', 'tensorflow', 'runner', 'tfjs'];
  await Promise.all(packages.map((name) => installBuilt(project, name)));
  await installBuilt(project, 'tfjs', 'aliased/@tensorflow/tfjs-converter');
  await copyDependencies(project, 'onnx', ['protobufjs']);
  await copyDependencies(project, 'tensorflow', ['flatbuffers', 'valibot']);
  linked('tfjs');
  await writeModel('layers', await saved(classifier()));
  await writeModel('graph', graphArtifacts());
}, 300_000);

async function printed(...args: string[]): Promise<string> {
  const { NODE_PATH: _, ...outer } = process.env;
  const env = { ...outer, ZEROSKIP_ADDON: addon };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project, env });
  return stdout;
}

/** A program that knows TensorFlow.js alone, but for what it says of the classes of its models. */
const body = `
async function main() {
  await tf.setBackend('cpu');
  const graph = await tf.loadGraphModel('file://graph/model.json');
  const layers = await tf.loadLayersModel('file://layers/model.json');
  const image = tf.ones([1, 8, 8, 3]);
  const before = tf.memory().numTensors;
  const outputs = () => [graph.execute(image, 'classes'), layers.predict(image)];
  const sums = tf.tidy(() => outputs().map((y) => tf.sum(y).dataSync()[0].toFixed(3)));
  console.log(graph instanceof tf.GraphModel, tf.memory().numTensors - before, sums.join());
}
main();
`;
const imports = "import * as tf from '@tensorflow/tfjs';";
const requires = "const tf = require('@tensorflow/tfjs');";

/** The file and how Node.js is started. */
const programs: readonly [string, string, readonly string[]][] = [
  ['imports.mjs', `import '@zeroskip/tfjs/install'; ${imports} ${body}`, []],
  ['requires.cjs', `require('@zeroskip/tfjs/install'); ${requires} ${body}`, []],
  ['unmodified.mjs', imports + body, ['--import', '@zeroskip/tfjs/install']],
  ['unmodified.cjs', requires + body, ['--require', '@zeroskip/tfjs/install']],
];

it.each(programs)('%s runs on the engine', async (name, program, options) => {
  await writeFile(join(project, name), program);
  expect(await printed(...options, name)).toBe('true 0 1.000,1.000\n');
});

it('says which files it changed, and that there are none', async () => {
  const program =
    "import('@zeroskip/tfjs/install').then((x) => console.log(x.installed.length), (e) => console.log(e.code));";
  expect(await printed('-e', program)).toBe('2\n');
  rmSync(join(modules, '@tensorflow', 'tfjs'));
  expect(await printed('-e', program)).toBe('ERR_MISSING_PACKAGE\n');
  linked('tfjs');
});

it('takes the place of tfjs-converter by an alias', async () => {
  rmSync(join(modules, '@tensorflow'), { recursive: true });
  for (const name of ['core', 'layers', 'data', 'backend-cpu', 'backend-webgl']) linked(`tfjs-${name}`);
  await cp(join(modules, 'aliased', '@tensorflow'), join(modules, '@tensorflow'), { recursive: true });
  for (const file of ['package.json', 'dist/tf.node.js'])
    await cp(join(tfjs, file), join(modules, '@tensorflow', 'tfjs', file));
  const program = `
    import * as tf from '@tensorflow/tfjs';
    const model = await tf.loadGraphModel('graph/model.json');
    const y = model.execute(tf.ones([1, 8, 8, 3]), 'classes');
    console.log(y instanceof tf.Tensor, model instanceof tf.GraphModel, tf.version['tfjs-converter']);
  `;
  await writeFile(join(project, 'aliased.mjs'), program);
  expect(await printed('aliased.mjs')).toBe('true true 0.0.0\n');
});
