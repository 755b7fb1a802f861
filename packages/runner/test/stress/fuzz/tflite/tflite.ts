import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import { InferenceSession } from '../../../../src/index.ts';
import { liteModel } from '../../../tflite/lite-model.ts';
import { type FuzzTarget, mutateBytes, pick, type Random, withoutBytes } from '../target.ts';
import { liteModels } from './models.ts';

const limits = {
  maxRunBytes: 2 ** 20,
  maxFoldedBytes: 2 ** 20,
  maxNodes: 1000,
  maxTensors: 1000,
  maxIterations: 50,
};
const MAX_FEED_VALUES = 10_000;

const numbers = [
  0,
  1,
  2,
  3,
  4,
  5,
  7,
  8,
  16,
  100,
  127,
  128,
  255,
  65535,
  2 ** 31 - 1,
  -1,
  -2,
  -128,
  -(2 ** 31),
];
/** Bits of floats. */
const floats = [0x3f800000, 0x7fc00000, 0x7f800000, 0x00000001, 0xbf800000, 0x80000000, 0x3dcccccd];

/** Changes numbers where those of FlatBuffers are: at multiples of their size. */
function mutateNumbers(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
    const at = Math.floor((random() * (changed.length - 8)) / 4) * 4;
    if (at < 0) break;
    const chance = random();
    if (chance < 0.4) view.setInt32(at, pick(numbers, random), true);
    else if (chance < 0.5) view.setUint32(at, pick(floats, random), true);
    else if (chance < 0.6) view.setInt32(at, Math.floor(random() * changed.length) - at, true);
    else if (chance < 0.75) view.setInt32(at, view.getInt32(at, true) + pick([-4, -1, 1, 4], random), true);
    else if (chance < 0.85) view.setInt16(at + pick([0, 2], random), pick(numbers, random), true);
    else view.setInt8(at + Math.floor(random() * 4), Math.floor(random() * 256) - 128);
  }
  return changed;
}

/** Runs a session on ones. */
async function runOnOnes(session: InferenceSession): Promise<void> {
  const feeds: Record<string, Tensor> = {};
  for (const { name, type, shape } of session.inputMetadata) {
    const dims = shape.map((dim) => (typeof dim === 'number' ? dim : 2));
    const size = sizeOf(dims);
    if (size > MAX_FEED_VALUES) return;
    const data = allocate(type, size);
    const one = typeof data[0] === 'bigint' ? 1n : 1;
    const value = new Tensor(type, data.fill(one as never) as never, dims);
    Object.defineProperty(feeds, name, { value, enumerable: true });
  }
  await session.run(feeds);
}

export const tflite: FuzzTarget = {
  name: 'tflite',
  guided: true,
  simpler: withoutBytes,
  seeds: liteModels.map(liteModel),
  mutate: (parent, other, random) =>
    random() < 0.8 && parent.length >= 16
      ? mutateNumbers(parent, random)
      : mutateBytes(parent, other, random),
  async attempt(input) {
    await using session = await InferenceSession.create(input, { intraOpNumThreads: 1, limits });
    await runOnOnes(session);
  },
};
