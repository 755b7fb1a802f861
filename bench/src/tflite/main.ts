/**
 * Compares Zeroskip with Google's own interpreter on networks of TensorFlow Lite that ship in npm packages; and
 * onnxruntime on what Zeroskip exports of them.
 *
 *     node dist/tflite/main.js [--only <part of a name>]
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exportOnnx, InferenceSession } from '@zeroskip/runner';
import { Tensor } from '@zeroskip/tensor';
import * as onnxruntime from 'onnxruntime-node';
import { largestDifference } from '../difference.ts';
import { zooInputs } from '../zoo/inputs.ts';
import type { ZooInput } from '../zoo/model.ts';
import { Interpreter } from './interpreter.ts';
import { type LiteNetwork, liteNetworks, packageFolder } from './models.ts';

/** Answers that differ by more than this share of the largest value are not the same. */
const TOLERANCE = 1e-3;
/** Largest values below this are taken to be it: probabilities of nothing, which engines round in their own ways. */
const LEAST = 1e-2;

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });

type Tensors = Readonly<Record<string, Tensor>>;

/** A photo for each image, with values from 0 to 1; other floats, too, but that look random, as integers do. */
async function inputsOf({ inputs }: Interpreter): Promise<Tensors> {
  const floats = inputs.filter(({ type }) => type === 'float32');
  const photo = { layout: 'NHWC', mean: 0, std: 255 } as const;
  const given = floats.map(({ name, dims }): [string, ZooInput] => {
    const isImage = dims.length === 4 && dims[0] === 1 && dims[3] === 3;
    return [name, isImage ? { dims, photo } : { dims, uniform: [0, 1] }];
  });
  const integers = inputs.flatMap(({ name, type, dims }) => {
    if (type === 'float32') return [];
    const length = dims.reduce((size, dim) => size * dim, 1);
    const most = type === 'bool' ? 2 : 128;
    const values = Array.from({ length }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 8) % most);
    return [[name, new Tensor(type, values as never, dims)] as const];
  });
  return { ...(await zooInputs({ inputs: Object.fromEntries(given) })), ...Object.fromEntries(integers) };
}

/** The largest difference of any output: a share of its largest value, or steps of integers. */
function difference(found: Tensors, expected: Tensors): { share: number; steps: number } {
  let [share, steps] = [0, 0];
  for (const [name, { type, dims, data }] of Object.entries(expected)) {
    const own = found[name];
    if (own?.type !== type || own.dims.join() !== dims.join()) {
      throw new RangeError(`Expected ${type} [${dims}] for ${name}, received ${own?.type} [${own?.dims}].`);
    }
    const numbers = data as Float32Array;
    const largest = largestDifference(own.data as Float32Array, numbers);
    if (type !== 'float32') steps = Math.max(steps, largest);
    else share = Math.max(share, largest / largestOf(numbers));
  }
  return { share, steps };
}

const largestOf = (numbers: Float32Array) =>
  numbers.reduce((most, value) => Math.max(most, Math.abs(value)), LEAST);

async function exported(file: string, feeds: Tensors): Promise<Tensors> {
  const session = await onnxruntime.InferenceSession.create(await exportOnnx(file));
  const given = Object.entries(feeds).map(([name, { type, data, dims }]) => [
    name,
    new onnxruntime.Tensor(type as 'float32', data as Float32Array, dims),
  ]);
  const results = await session.run(Object.fromEntries(given));
  return Object.fromEntries(
    Object.entries(results).map(([name, { type, data, dims }]) => [
      name,
      new Tensor(type as 'float32', data as never, dims),
    ]),
  );
}

const words = ({ share, steps }: { share: number; steps: number }) =>
  steps > 0 ? `${share.toExponential(0)}, ${steps} steps` : share.toExponential(0);

async function row({ package: name, file }: LiteNetwork): Promise<{ cells: string[]; isRight: boolean }> {
  const path = join(await packageFolder(name), file);
  const interpreter = await Interpreter.open(await readFile(path));
  const feeds = await inputsOf(interpreter);
  const expected = await interpreter.run(feeds);
  await using session = await InferenceSession.create(path);
  const differences = [
    difference(await session.run(feeds), expected),
    difference(await exported(path, feeds), expected),
  ];
  const isRight = differences.every(({ share, steps }) => share <= TOLERANCE && steps <= 1);
  return { cells: differences.map(words), isRight };
}

console.log('| network | package | Zeroskip | its export in onnxruntime |\n| --- | --- | --- | --- |');
for (const network of liteNetworks(values.only)) {
  const { name, package: from } = network;
  try {
    const { cells, isRight } = await row(network);
    if (!isRight) process.exitCode = 1;
    console.log(`| ${[name, from, ...cells].join(' | ')} |`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`| ${name} | ${from} | ${(error as Error).message.replaceAll('|', '\\|')} | |`);
  }
}
