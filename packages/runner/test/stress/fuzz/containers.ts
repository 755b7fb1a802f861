import { formats, fromBytes, type SparseFormat, toBytes } from '@zeroskip/formats';
import { seededRandom } from '@zeroskip/test-utils';
import { integerMap } from '../../../../formats/test/maps.ts';
import { repair } from '../../../../formats/test/mutate.ts';
import { type FuzzTarget, mutateBytes, pick, type Random } from './target.ts';

/** A map in a container; `i` varies its size and geometry. */
function container(codec: SparseFormat, i: number, random: Random): Uint8Array {
  const map = integerMap(1 + (i % 3), 1 + ((i * 2) % 7), 1 + ((i * 5) % 9), random(), random);
  const encoded = codec.encode(map, {
    kernel: [1 + (i % 3), 1 + (i % 4)],
    strides: [1, 1 + (i % 3)],
    dilations: [1, 1 + (i % 2)],
    pads: [1, 6, 2, i % 2],
  });
  return toBytes(encoded);
}

const seedRandom = seededRandom(1);

export const containers: FuzzTarget = {
  name: 'containers',
  guided: true,
  shortRuns: 12_000,
  seeds: formats.flatMap((codec) => Array.from({ length: 6 }, (_, i) => container(codec, i, seedRandom))),
  // A wrong length or checksum ends most of the reading: three in four have both right.
  mutate: (parent, other, random) => {
    const fresh = () => container(pick(formats, random), Math.floor(random() * 64), random);
    const mutated = mutateBytes(random() < 0.5 ? fresh() : parent, other, random);
    return random() < 0.75 ? repair(mutated) : mutated;
  },
  async attempt(input) {
    const written = toBytes(fromBytes(input));
    if (Buffer.compare(written, input) !== 0) throw new Error('Accepted bytes that toBytes does not write.');
  },
};
