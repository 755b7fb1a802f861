import { edgeCases } from '@zeroskip/test-utils';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectTarget, targets } from '../../src/index.ts';
import { passed } from './conformance.ts';
import { formOf, quantizedConformance } from './quantized-conformance.ts';
import { viewedConvolutions } from './viewed-convolution.ts';

const supported = targets().filter((target) => target.supported);
const best = targets().find((target) => target.selected)!.name;
afterAll(() => selectTarget(best));

describe.each(supported.map(({ name }) => name))('convolutions of integers on %s', (target) => {
  beforeAll(() => selectTarget(target));

  it('are exact, with the same bits for 1 and 2 threads', async () => {
    for (const edgeCase of edgeCases())
      expect(await quantizedConformance(edgeCase), edgeCase.name).toEqual(passed);
  });
});

it('are exact for any geometry and form on every target', () =>
  fc.assert(
    fc.asyncProperty(
      viewedConvolutions,
      fc.integer({ min: 0, max: 1 << 20 }),
      async ({ convolution }, seed) => {
        for (const { name } of supported) {
          selectTarget(name);
          expect(await quantizedConformance(convolution, formOf(seed)), name).toEqual(passed);
        }
      },
    ),
    { seed: 5, numRuns: 100 },
  ));
