import { describe, expect, it } from 'vitest';
import { firstDifference } from '../support/compare.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { mapCases } from './cases/maps.ts';
import { movingCases } from './cases/moving.ts';
import { productCases } from './cases/products.ts';
import { reductionCases } from './cases/reductions.ts';
import { resizingCases } from './cases/resizing.ts';
import { selectionCases } from './cases/selection.ts';
import { type OperatorCase, runCase } from './operator-case.ts';
import { tensor } from './run-lite.ts';

async function check(only: OperatorCase): Promise<void> {
  const results = await runCase(only);
  for (const [i, { dims, type = 'float32', values }] of only.results.entries()) {
    const expected = tensor(type as 'float32', dims, values!);
    expect(firstDifference(results[i]!, expected, 1e-5, 1e-6), `output ${i}`).toBeUndefined();
  }
}

describe.each([
  ['element-wise operators', elementwiseCases],
  ['operators that move elements', movingCases],
  ['reductions', reductionCases],
  ['operators that choose elements', selectionCases],
  ['operators on maps', mapCases],
  ['operators that resize maps', resizingCases],
  ['products and recurrent layers', productCases],
])('%s', (_, cases) => {
  it.each(cases.map((only) => [only.title, only] as const))('%s', (_title, only) => check(only));
});
