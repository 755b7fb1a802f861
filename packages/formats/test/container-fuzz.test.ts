import { seededRandom } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { formats, toBytes } from '../src/index.ts';
import { integerMap } from './maps.ts';
import { misbehaviour, repair } from './mutate.ts';

/**
 * Damaged containers per format. For a long hunt, from the root of the repository:
 * `FUZZ_RUNS=2000000 FUZZ_SEED=7 npx vitest run packages/formats/test/container-fuzz.test.ts --testTimeout=0`
 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 2000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
/** Lets the test runner report while a long hunt goes on. */
const RUNS_PER_TURN = 1000;

function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = () => Math.floor(random() * bytes.length);
  let changed = Uint8Array.from(bytes);
  for (let edits = 1 + Math.floor(random() * 4); edits > 0; edits--) {
    const position = Math.floor(random() * changed.length);
    switch (Math.floor(random() * 5)) {
      case 0:
        changed[position]! ^= 1 << Math.floor(random() * 8);
        break;
      case 1:
        changed[position] = Math.floor(random() * 256);
        break;
      case 2:
        changed.set(bytes.subarray(at(), at()).subarray(0, changed.length - position), position);
        break;
      case 3:
        changed = changed.slice(0, position);
        break;
      default:
        changed = Uint8Array.of(...changed.subarray(0, position), 0, ...changed.subarray(position));
    }
    if (changed.length === 0) return changed;
  }
  return changed;
}

describe.each(formats.map((codec) => [codec.id, codec] as const))('damaged containers of %s', (_, codec) => {
  it('are refused, or are what toBytes writes', async () => {
    const random = seededRandom(SEED);
    for (let run = 0; run < RUNS; run++) {
      if (run % RUNS_PER_TURN === 0) await new Promise(setImmediate);
      const map = integerMap(1 + (run % 3), 1 + (run % 7), 1 + (run % 9), random(), random);
      const encoded = codec.encode(map, {
        kernel: [1 + (run % 3), 1 + (run % 4)],
        strides: [1, 1 + (run % 3)],
        dilations: [1, 1 + (run % 2)],
        pads: [1, 6, 2, run % 2],
      });
      const damaged = mutate(toBytes(encoded), random);
      const problem = misbehaviour(damaged) ?? misbehaviour(repair(damaged));
      expect(problem, `run ${run} of seed ${SEED}`).toBeUndefined();
    }
  });
});
