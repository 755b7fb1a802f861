import { describe, expect, it } from 'vitest';
import { type PaperLayer, paperClaims } from '../../../src/commands/paper/claims.ts';
import { easyProtocol } from '../../../src/commands/paper/easy.ts';

const layer = (part: Partial<PaperLayer>): PaperLayer => ({
  name: 'a',
  standard: true,
  density: 0.4,
  ms: { im2col: 10, mec: 8, cpo: 4, cps: 2 },
  chosen: 'cps',
  loweredBytes: { im2col: 900, mec: 360, cpo: 240, cps: 180 },
  chosenBytes: 180,
  bytes: { im2col: 900, mec: 300, cpo: 120, cps: 100 },
  ...part,
});
const dense = { samplesMs: [100, 90, 110] };
const plan = { samplesMs: [40, 60, 50] };

describe('paperClaims', () => {
  const first = layer({ ms: { im2col: 10, mec: 9 }, chosen: 'direct', chosenBytes: 300 });
  const slow = layer({ ms: { im2col: 10, mec: 8, cpo: 6, cps: 9 }, chosen: 'cpo', chosenBytes: 240 });
  const pointwise = layer({ standard: false, ms: { im2col: 1, mec: 1, cpo: 1, cps: 1 } });
  const claims = paperClaims([first, layer({}), slow, pointwise], dense, plan);
  const ours = Object.fromEntries(claims.map((claim) => [claim.claim, claim.ours]));

  it('are of the faster, or smaller, of CPO and CPS on layers that are neither pointwise nor grouped', () => {
    expect(ours['time savings per layer, mean']).toBeCloseTo(0.6, 12);
    expect(ours['time savings per layer, largest']).toBeCloseTo(0.8, 12);
    expect(ours['CR of a layer, largest']).toBe(5);
    expect(ours['CR of a layer, stored, largest']).toBe(9);
    expect(ours['time savings against MEC, largest']).toBeCloseTo(0.75, 12);
    expect(ours['CR against MEC, largest']).toBe(2);
    expect(ours['CR against MEC, stored, largest']).toBe(3);
  });

  it('count what a plan selects, and time networks as a whole', () => {
    expect(ours['layers where CPO or CPS is selected']).toBeCloseTo(2 / 3, 12);
    expect(ours['time savings of the network']).toBe(0.5);
    expect(ours['CR of the network']).toBeCloseTo(2700 / 720, 12);
    expect(ours['CR of the network, stored']).toBeCloseTo(1800 / 220, 12);
  });

  it('are none where no layer is accepted', () => {
    expect(paperClaims([first, pointwise], dense, plan)).toEqual([]);
  });
});

describe('easyProtocol', () => {
  it('times the dense algorithms on four sizes, and says why the sparse ones refuse', async () => {
    const rows = await easyProtocol(2, () => {});
    expect(rows.map(({ size }) => size)).toEqual([8, 17, 50, 149]);
    for (const { ms, refusals, bytes, size } of rows) {
      expect(Object.keys(ms)).toEqual(expect.arrayContaining(['im2col', 'mec', 'direct']));
      expect(refusals.cps).toMatch(/one input channel/);
      expect(bytes.im2col).toBe(4 * 9 * (size - 2) ** 2);
    }
  });
});
