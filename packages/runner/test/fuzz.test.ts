import { describe, expect, it } from 'vitest';
import { campaign } from './stress/fuzz/campaign.ts';
import { outcomeOf } from './stress/fuzz/target.ts';
import { targets } from './stress/fuzz/targets.ts';

const RUNS = 2000;
const SEED = 1;

describe.each(targets.map((target) => [target.name, target] as const))('inputs of %s', (_, target) => {
  const runs = target.shortRuns ?? RUNS;

  it('that are changed are valid before', async () => {
    for (const seed of target.seeds) expect(await outcomeOf(target, seed)).toBe('accepted');
  });

  it(`are answered by a result or a coded error (${runs}, seed ${SEED})`, async () => {
    const { outcomes } = await campaign(target, { runs, seed: SEED });
    expect(outcomes.get('accepted')).toBeGreaterThan(0);
    expect(outcomes.size > 1).toBe(!target.isValid);
  });
});
