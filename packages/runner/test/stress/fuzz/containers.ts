import { formats, fromBytes, toBytes } from '@zeroskip/formats';
import { seededRandom } from '@zeroskip/test-utils';
import { integerMap } from '../../../../formats/test/maps.ts';
import { repair } from '../../../../formats/test/mutate.ts';
import { type FuzzTarget, mutateBytes } from './target.ts';

function seeds(): Uint8Array[] {
  const random = seededRandom(1);
  return formats.flatMap((codec) =>
    Array.from({ length: 6 }, (_, i) => {
      const map = integerMap(1 + (i % 3), 1 + ((i * 2) % 7), 1 + ((i * 5) % 9), random(), random);
      const encoded = codec.encode(map, {
        kernel: [1 + (i % 3), 1 + (i % 4)],
        strides: [1, 1 + (i % 3)],
        dilations: [1, 1 + (i % 2)],
        pads: [1, 6, 2, i % 2],
      });
      return toBytes(encoded);
    }),
  );
}

export const containers: FuzzTarget = {
  name: 'containers',
  guided: true,
  seeds: seeds(),
  // A wrong length or checksum ends most of the reading: three in four have both right.
  mutate: (parent, other, random) => {
    const mutated = mutateBytes(parent, other, random);
    return random() < 0.75 ? repair(mutated) : mutated;
  },
  async attempt(input) {
    const written = toBytes(fromBytes(input));
    if (Buffer.compare(written, input) !== 0) throw new Error('Accepted bytes that toBytes does not write.');
  },
};
