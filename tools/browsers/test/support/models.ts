import { InferenceSession } from '@zeroskip/runner';
import { expect } from 'vitest';
import { input, network } from './networks.ts';

const models = {
  small: { bytes: network(16, 4), dims: [1, 3, 40, 52] },
  large: { bytes: network(64, 10), dims: [1, 3, 256, 256] },
  /** Of 88 MB. */
  heavy: { bytes: network(1108, 3), dims: [1, 3, 16, 16] },
};
export type ModelName = keyof typeof models;

/** A TensorFlow Lite file: y = |x|, of two numbers. */
const absolute =
  'GAAAAFRGTDMAAA4AFAAQAAwACAAAAAQADgAAABAAAAA8AAAAGAAAAAMAAAABAAAACAAAAAQABAAEAAAAAQAAABAAAAAMAAwA' +
  'CwAAAAAABAAMAAAAZQAAAAAAAGUBAAAAEAAAAAwAFAAQAAwACAAEAAwAAAAgAAAADAAAABAAAABEAAAAAQAAAAEAAAABAAAA' +
  'AAAAAAEAAAAQAAAAAAAKAAwAAAAIAAQACgAAAAgAAAAMAAAAAQAAAAEAAAABAAAAAAAAAAIAAAAwAAAABAAAAOT///8QAAAA' +
  'BAAAAAEAAAACAAAAAQAAAHkAAAAMAAwACAAAAAAABAAMAAAAEAAAAAQAAAABAAAAAgAAAAEAAAB4AAAA';

/** What a server has of them. */
export const modelFiles = new Map<string, string | Uint8Array>([
  ...Object.entries(models).map(([name, { bytes }]) => [`${name}.onnx`, bytes] as const),
  ['absolute.tflite', Buffer.from(absolute, 'base64')],
  ['damaged.onnx', models.small.bytes.slice(0, models.small.bytes.length / 2)],
]);

/** A task for a page that was opened at `place`. */
export const taskOf = (name: ModelName, place: string) => ({
  model: `/${place.split('/')[1]}/${name}.onnx`,
  dims: models[name].dims,
});

/** Of the standard accuracy, which sums in another order on each instruction set. */
const TOLERANCE = 1e-4;

/** Expects what Node computes for the input of run `seed`. */
export async function expectAnswer(results: unknown, name: ModelName, seed = 0): Promise<void> {
  const { bytes, dims } = models[name];
  await using session = await InferenceSession.create(bytes);
  const { y } = await session.run({ r0: input(dims, seed) });
  const expected = Array.from(y!.data as Float32Array);
  const received = (results as { y: number[] }).y;
  expect(received).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  const apart = Math.max(...received.map((value, i) => Math.abs(value - expected[i]!)));
  expect(apart / largest).toBeLessThan(TOLERANCE);
}
