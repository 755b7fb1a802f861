import { edgeCases } from '@zeroskip/test-utils';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { algorithm, encodableFormats, refusal, selectTarget, targets } from '../../src/index.ts';
import { type Configuration, configurations } from './configurations.ts';
import { conformance } from './conformance.ts';
import { ViewedConformance } from './viewed-conformance.ts';
import { viewedConvolutions, viewedWindows } from './viewed-convolution.ts';

const cases = [...edgeCases()];
const supported = targets().filter((target) => target.supported);
const best = targets().find((target) => target.selected)!.name;
afterAll(() => selectTarget(best));

describe.each(supported.map(({ name }) => name))('on %s', (target) => {
  beforeAll(() => selectTarget(target));

  it.each(configurations())(
    '$name is within the error bound of the reference, with the same bits for 1 and 2 threads',
    async (configuration) => {
      let passed = 0;
      for (const edgeCase of cases) {
        const verdict = await conformance(edgeCase, configuration);
        if (verdict.kind === 'passed') passed++;
        else expect(verdict, edgeCase.name).toEqual({ kind: 'refused', reason: expect.stringMatching(/./) });
      }
      expect(passed).toBeGreaterThan(50);
    },
  );
});

it.each(encodableFormats)('%s refuses no layer', (id) => {
  for (const { name, spec, input } of cases) expect(refusal(id, spec, input), name).toBeUndefined();
});

async function checkViewed(
  arbitrary: typeof viewedConvolutions,
  checked: readonly Configuration[],
  numRuns: number,
) {
  await fc.assert(
    fc.asyncProperty(arbitrary, async (viewed) => {
      const check = new ViewedConformance(viewed);
      for (const { name } of supported) {
        selectTarget(name);
        for (const configuration of checked) {
          const verdict = await check.verdict(configuration);
          if (verdict.kind === 'failed')
            throw new Error(`${configuration.name} on ${name}: ${verdict.reason}`);
        }
      }
    }),
    { seed: 11, numRuns },
  );
}

it('all algorithms read and write nothing but their views, on every target', () =>
  checkViewed(viewedConvolutions, configurations(), 100));

it('transforms keep to their views and special values on every target', () =>
  checkViewed(
    viewedWindows,
    configurations().filter(({ algorithm: id }) => !algorithm(id).strict),
    200,
  ));
