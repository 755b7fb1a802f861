import { describe, expect, it } from 'vitest';
import { firstDifference } from '../support/compare.ts';
import { worded } from '../support/refusal.ts';
import { detectionCases } from './cases/detection.ts';
import { flexMap } from './flex-map.ts';
import { modelOf, runCase } from './operator-case.ts';
import { loadLite, tensor } from './run-lite.ts';

describe('TFLite_Detection_PostProcess', () => {
  it.each(detectionCases.map((only) => [only.title, only] as const))('%s', async (_, only) => {
    const results = await runCase(only);
    for (const [i, { dims, values }] of only.results.entries()) {
      expect(
        firstDifference(results[i]!, tensor('float32', dims, values!), 1e-6),
        `output ${i}`,
      ).toBeUndefined();
    }
  });

  const [first] = detectionCases;
  it.each([
    ['none', new Uint8Array(0), 'ERR_INVALID_MODEL'],
    ['no map', Uint8Array.of(5, 4, 1), 'ERR_INVALID_MODEL'],
    ['a map without numbers', flexMap({}), 'ERR_INVALID_MODEL'],
    ['a number of detections that is not whole', flexMap({ max_detections: 1.5 }), 'ERR_INVALID_MODEL'],
    ['a map cut off', flexMap({ max_detections: 1 }).subarray(4), 'ERR_INVALID_MODEL'],
  ])('refuses options that are %s', async (_, custom, code) => {
    await expect(loadLite(modelOf({ ...first!, custom }))).rejects.toThrow(worded(code));
  });
});
