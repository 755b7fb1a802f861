import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { type EncodedMap, format, fromBytes, toBytes } from '@zeroskip/formats';
import { convSpec, weightCount } from '@zeroskip/tensor';
import { compareConvolution, convolutionReference, seededRandom, sparseValues } from '@zeroskip/test-utils';
import { bundle } from '@zeroskip/test-utils/bundle';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { beforeAll, describe, expect, it } from 'vitest';
import { convolveEncoded, encodableFormats } from '../../src/index.ts';

const geometry = { kernel: [3, 2], strides: [1, 2], dilations: [2, 1], pads: [1, 0, 2, 1] } as const;
const [CHANNELS, HEIGHT, WIDTH] = [3, 9, 11];
const data = sparseValues(CHANNELS * HEIGHT * WIDTH, 0.4, 6);
const map = { channels: CHANNELS, height: HEIGHT, width: WIDTH, data };

/** Convolves what a container says, and compares that with the map that it decodes to. */
async function check(encoded: EncodedMap): Promise<string | undefined> {
  const { shape } = encoded;
  const spec = convSpec({ inChannels: shape.channels, outChannels: 2, ...encoded.geometry });
  const weights = sparseValues(weightCount(spec), 1, 7);
  const { output } = await convolveEncoded(encoded, weights, spec);
  const input = [shape.height, shape.width] as const;
  const operands = { spec, batch: 1, input, map: format(encoded.format).decode(encoded).data, weights };
  return compareConvolution(operands, output.data, convolutionReference(operands));
}

describe('another process', () => {
  const folder = temporaryFolder();
  beforeAll(() =>
    bundle({ writer: fileURLToPath(new URL('write-container.ts', import.meta.url)) }, folder.path('')),
  );

  it.each(encodableFormats)('writes a container of %s, which is convolved', async (id) => {
    const task = JSON.stringify({ id, map: { ...map, data: [...data] }, geometry });
    const { stdout } = await promisify(execFile)(process.execPath, [folder.path('writer.mjs'), task], {
      encoding: 'buffer',
    });
    const encoded = fromBytes(stdout);
    expect(encoded.format).toBe(id);
    expect(await check(encoded)).toBeUndefined();
  });
});

/** Makes the length and the checksum right again, so that the checks behind them run. */
function repair(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  view.setBigUint64(16, BigInt(bytes.length), true);
  view.setUint32(12, crc32(bytes.subarray(16)), true);
  return bytes;
}

it.each(encodableFormats)('damaged containers of %s are refused, or convolved right', async (id) => {
  const random = seededRandom(19);
  const below = (end: number) => Math.floor(random() * end);
  const good = toBytes(format(id).encode(map, geometry));
  let convolved = 0;
  let refused = 0;
  for (let round = 0; round < 4000; round++) {
    const bytes = Uint8Array.from(good);
    for (let change = 0; change <= below(3); change++) {
      const at = 24 + below(bytes.length - 24);
      const kinds = [below(256), bytes[at]! ^ (1 << below(8)), bytes[at]! + 1, bytes[below(bytes.length)]!];
      bytes[at] = kinds[below(kinds.length)]!;
    }
    let encoded: EncodedMap;
    try {
      encoded = fromBytes(repair(bytes));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_INVALID_FORMAT' });
      refused++;
      continue;
    }
    if (!encodableFormats.some((known) => known === encoded.format)) continue;
    expect(await check(encoded), `round ${round}`).toBeUndefined();
    convolved++;
  }
  expect(convolved).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
});

it.each(encodableFormats)('arrays of %s that change while they are convolved change nothing', async (id) => {
  const encoded = format(id).encode(map, geometry);
  const spec = convSpec({ inChannels: CHANNELS, outChannels: 2, ...geometry });
  const weights = sparseValues(weightCount(spec), 1, 7);
  const before = await convolveEncoded(encoded, weights, spec);
  const during = convolveEncoded(encoded, weights, spec);
  for (const array of Object.values(encoded.arrays)) array.fill(255);
  expect((await during).output.data).toEqual(before.output.data);
});
