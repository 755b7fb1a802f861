import { type ActivationMap, type EncodedMap, format } from '@zeroskip/formats';
import { edgeCases, mapCases } from '@zeroskip/test-utils';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodableFormats, encodeMap, selectTarget, targets } from '../../src/index.ts';
import { mapOf } from './maps.ts';

const supported = targets().filter((target) => target.supported);
const best = targets().find((target) => target.selected)!.name;
afterAll(() => selectTarget(best));

function same(encoded: EncodedMap, expected: EncodedMap, name: string): void {
  const { arrays, ...rest } = encoded;
  const { arrays: wanted, ...others } = expected;
  expect(rest, name).toEqual(others);
  expect(Object.keys(arrays), name).toEqual(Object.keys(wanted));
  for (const [array, values] of Object.entries(wanted)) {
    expect(arrays[array]!.constructor, `${array} of ${name}`).toBe(values.constructor);
    expect(
      Buffer.from(arrays[array]!.buffer).equals(Buffer.from(values.slice().buffer)),
      `${array} of ${name}`,
    ).toBe(true);
  }
}

describe.each(supported.map(({ name }) => name))('on %s', (target) => {
  beforeAll(() => selectTarget(target));

  it.each(encodableFormats)('the arrays of %s are those of its own encoder, byte by byte', async (id) => {
    for (const edgeCase of edgeCases()) {
      const map = mapOf(edgeCase);
      const expected = format(id).encode(map, edgeCase.spec);
      same(await encodeMap(map, edgeCase.spec, { format: id, threads: 1 }), expected, edgeCase.name);
      same(await encodeMap(map, edgeCase.spec, { format: id, threads: 3 }), expected, edgeCase.name);
    }
  });

  it.each(encodableFormats)('%s holds special values bit by bit', (id) =>
    fc.assert(
      fc.asyncProperty(mapCases, async ({ map, geometry }) =>
        same(
          await encodeMap(map, geometry, { format: id }),
          format(id).encode(map, geometry),
          'a random map',
        ),
      ),
      { seed: 5, numRuns: 200 },
    ),
  );
});

it('encodes large maps on several threads, with indices of every width', async () => {
  const cases: [string, ActivationMap][] = [
    [3, 40, 30],
    [40, 90, 60],
    [2, 700, 300],
  ].map(([channels, height, width]) => {
    const data = Float32Array.from(
      { length: channels! * height! * width! },
      (_, i) => ((i * 2654435761) % 7) % 3,
    );
    return [`${height} × ${width}`, { channels: channels!, height: height!, width: width!, data }];
  });
  for (const [name, map] of cases) {
    for (const id of encodableFormats) {
      for (const kernel of [
        [3, 3],
        [1, 7],
      ] as const) {
        const expected = format(id).encode(map, { kernel });
        same(await encodeMap(map, { kernel }, { format: id, threads: 4 }), expected, name);
      }
    }
  }
});

it('is refused what the format refuses', async () => {
  const map: ActivationMap = { channels: 1, height: 2, width: 2, data: new Float32Array(4) };
  await expect(encodeMap(map, { kernel: [3, 3] })).rejects.toMatchObject({ code: 'ERR_INVALID_SHAPE' });
  await expect(encodeMap({ ...map, width: 3 }, { kernel: [1, 1] })).rejects.toMatchObject({
    code: 'ERR_INVALID_SHAPE',
  });
  await expect(encodeMap(map, { kernel: [1, 1] }, { format: 'cps' as never })).rejects.toThrow(
    'Expected one of cpo, cps-column for format, received "cps".',
  );
});

it('reads no array of the caller once it has returned', async () => {
  const memory = new ArrayBuffer(4 * 8 * 90 * 60);
  const map: ActivationMap = { channels: 8, height: 90, width: 60, data: new Float32Array(memory).fill(2) };
  const geometry = { kernel: [3, 3] } as const;
  const expected = format('cpo').encode(map, geometry);
  const encoding = encodeMap(map, geometry);
  structuredClone(memory, { transfer: [memory] });
  same(await encoding, expected, 'a map whose memory was given away');
});

it('orders the columns of dilations that no two slabs share', async () => {
  const map: ActivationMap = {
    channels: 2,
    height: 3,
    width: 40,
    data: new Float32Array(240).map((_, i) => i % 4),
  };
  const geometry = { kernel: [1, 4], dilations: [1, 10] } as const;
  for (const id of encodableFormats) {
    same(await encodeMap(map, geometry, { format: id }), format(id).encode(map, geometry), id);
  }
});
