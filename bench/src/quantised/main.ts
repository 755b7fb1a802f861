/**
 * Makes quantized forms of InceptionV3 and of a network of ResNet-50's shape, and compares Zeroskip with
 * onnxruntime-node on them, on one thread: integers, CPU time, layers of integers beside those of floats, densities.
 *
 *     node dist/quantised/main.js [--only <part of a name>] [--ms <milliseconds>] [--layers] [--density]
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from '@zeroskip/runner';
import { nsfwInput } from '../image.ts';
import { cacheNsfw } from '../nsfw.ts';
import { photos } from '../packages.ts';
import { densities } from './density.ts';
import { isnetInput, isnetSmall } from './isnet-small.ts';
import { cpuTimes, layerTimes, peer, zeroskip } from './measure.ts';
import { type FloatNetwork, foldNormalizations } from './network.ts';
import { type Form, type Ranges, writeModel } from './quantise.ts';
import { readNetwork } from './read-model.ts';
import { resnet50 } from './resnet.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    ms: { type: 'string', default: '8000' },
    layers: { type: 'boolean', default: false },
    density: { type: 'boolean', default: false },
  },
});

interface Subject {
  readonly name: string;
  readonly network: FloatNetwork;
  /** The first is measured; the others only tell the ranges of maps. */
  readonly images: readonly Tensor[];
}

function channelsFirst({ data, dims }: Tensor): Tensor {
  const [, height, width, channels] = dims as [number, number, number, number];
  const from = data as Float32Array;
  const to = Float32Array.from(
    from,
    (_, i) => from[(i % (height * width)) * channels + Math.floor(i / (height * width))]!,
  );
  return new Tensor('float32', to, [1, channels, height, width]);
}

async function subjects(): Promise<Subject[]> {
  const inception = await readFile((await cacheNsfw('inception-v3')).onnx);
  const pictures = photos;
  return [
    {
      name: 'inception-v3',
      network: foldNormalizations(readNetwork(inception, [1, 299, 299, 3])),
      images: await Promise.all(pictures.slice(0, 3).map((photo) => nsfwInput(photo, 299))),
    },
    {
      name: 'resnet-50',
      network: resnet50(),
      images: (await Promise.all(pictures.slice(0, 3).map((photo) => nsfwInput(photo, 224)))).map(
        channelsFirst,
      ),
    },
  ].filter(({ name }) => name.includes(values.only));
}

/** Of every map between the layers. */
async function rangesOf({ network, images }: Subject): Promise<Ranges> {
  const maps = [network.input, ...network.layers.map(({ output }) => output)];
  const outputs = maps.slice(1);
  await using session = await InferenceSession.create(writeModel(network, 'float', new Map()), { outputs });
  const ranges = new Map(maps.map((map) => [map, [0, 0] as [number, number]]));
  for (const image of images) {
    const found = { ...(await session.run<Tensor>({ [network.input]: image })), [network.input]: image };
    for (const [map, range] of ranges) {
      for (const value of found[map]!.data as Float32Array) {
        range[0] = Math.min(range[0], value);
        range[1] = Math.max(range[1], value);
      }
    }
  }
  return ranges;
}

/** ISNet's quantized form, of floats: how far its mask is from onnxruntime's. */
async function compareIsnet(): Promise<void> {
  const image = await isnetInput(photos[0]!);
  const model = await isnetSmall();
  const [ours, theirs] = [await zeroskip(model, image), await peer(model, image)];
  const [mine, yours] = [(await ours.run()).output!.data, (await theirs.run()).output!.data];
  let [most, sum] = [0, 0];
  for (let i = 0; i < yours.length; i++) {
    const difference = Math.abs(mine[i]! - yours[i]!);
    most = Math.max(most, difference);
    sum += difference;
  }
  const [own, other] = (await cpuTimes([ours, theirs], Number(values.ms))) as [number, number];
  console.log(
    `isnet-small: the mask differs by ${(sum / yours.length).toExponential(1)} in the mean, ${most.toFixed(4)} at most;`,
    `zeroskip ${own.toFixed(0)} ms, onnxruntime ${other.toFixed(0)} ms of CPU, ${(other / own).toFixed(2)}×`,
  );
  await ours.release();
  await theirs.release();
}

/** How far integers are from onnxruntime's, in steps. */
function steps(ours: ArrayLike<number>, theirs: ArrayLike<number>): { most: number; same: number } {
  let [most, same] = [0, 0];
  for (let i = 0; i < theirs.length; i++) {
    const difference = Math.abs(ours[i]! - theirs[i]!);
    most = Math.max(most, difference);
    same += Number(difference === 0);
  }
  return { most, same: same / theirs.length };
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
if ('isnet-small'.includes(values.only)) await compareIsnet();
let isFar = false;
for (const subject of await subjects()) {
  const { network, images } = subject;
  const ranges = await rangesOf(subject);
  const [image] = images as [Tensor];
  for (const form of ['qdq', 'qlinear'] satisfies Form[]) {
    const model = writeModel(network, form, ranges);
    const [ours, theirs] = [await zeroskip(model, image), await peer(model, image)];
    const [mine, yours] = [await ours.run(), await theirs.run()];
    const [last] = Object.keys(yours) as [string];
    const { most, same } = steps(mine[last]!.data, yours[last]!.data);
    const [own, other] = (await cpuTimes([ours, theirs], Number(values.ms))) as [number, number];
    console.log(
      `${subject.name} ${form}: ${percent(same)} of ${yours[last]!.data.length} integers equal, ${most} steps apart at`,
      `most; zeroskip ${own.toFixed(1)} ms, onnxruntime ${other.toFixed(1)} ms of CPU, ${(other / own).toFixed(2)}×`,
    );
    isFar ||= most > 1;
    await ours.release();
    await theirs.release();
  }
  if (values.layers) {
    const [floats, integers] = [
      await zeroskip(writeModel(network, 'float', ranges), image),
      await zeroskip(writeModel(network, 'qlinear', ranges), image),
    ];
    const [wide, narrow] = [await layerTimes(floats), await layerTimes(integers)];
    let totals: [number, number] = [0, 0];
    for (const [name, ms] of narrow) {
      const float = wide.get(name) ?? wide.get(`${name}.relu`);
      if (float === undefined) continue;
      totals = [totals[0] + float, totals[1] + ms];
      console.log(
        `${name.padEnd(32)} float32 ${float.toFixed(2)} ms  int8 ${ms.toFixed(2)} ms  ${(float / ms).toFixed(2)}×`,
      );
    }
    console.log(`all of these: float32 ${totals[0].toFixed(1)} ms, int8 ${totals[1].toFixed(1)} ms`);
    await floats.release();
    await integers.release();
  }
  if (values.density) {
    for (const { layer, float, integers, fours } of await densities(network, ranges, image))
      console.log(
        `${layer.padEnd(32)} floats ${percent(float)}, integers ${percent(integers)}, in fours ${percent(fours)}`,
      );
  }
}
if (isFar) process.exitCode = 1;
