import { convSpec } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { type PaperLayer, paperClaims } from '../../../src/commands/paper/claims.ts';
import {
  authorsProtocol,
  METHODS,
  type ProtocolLayer,
  protocolSavings,
} from '../../../src/commands/paper/protocol.ts';
import type { ShapeLayer } from '../../../src/layers/shape-file.ts';

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

describe("the authors' protocol", () => {
  const shape = (name: string, size: number, density: number): ShapeLayer => ({
    name,
    spec: convSpec({ inChannels: 1, outChannels: 1, kernel: [3, 2] }),
    input: [size, size + 1],
    density,
  });

  it('times every method on one channel, after it compared their results', async () => {
    const layers = [shape('a', 8, 0.3), shape('b', 35, 0), shape('smaller than its kernel', 2, 1)];
    const rows = await authorsProtocol(layers, () => {});
    expect(rows.map(({ name, input }) => [name, ...input])).toEqual([
      ['a', 8, 9],
      ['b', 35, 36],
    ]);
    for (const { times } of rows) {
      expect(Object.keys(times)).toEqual(METHODS.map(({ id }) => id));
      for (const { lowerMs, multiplyMs } of Object.values(times))
        expect(lowerMs + multiplyMs).toBeGreaterThan(0);
    }
    expect(rows[1]!.density).toBe(0);
  });

  it('takes the faster of CPO and CPS against each baseline, with lowering and without', () => {
    const layer = (im2col: number[], cpo: number[], cps: number[]): ProtocolLayer => ({
      ...shape('a', 8, 1),
      kernel: [3, 3],
      density: 1,
      times: Object.fromEntries(
        METHODS.map(({ id }) => {
          const [lowerMs, multiplyMs] = id === 'cpo' ? cpo : id === 'cps-column' ? cps : im2col;
          return [id, { lowerMs: lowerMs!, multiplyMs: multiplyMs! }];
        }),
      ),
    });
    const layers = [layer([6, 4], [1, 4], [1, 1]), layer([3, 1], [1, 7], [4, 4])];
    expect(protocolSavings(layers, true)[0]).toEqual({
      baseline: 'im2col',
      mean: expect.closeTo(-0.1, 12),
      wins: 1,
      meanOfWins: 0.8,
    });
    expect(protocolSavings(layers, false)[0]).toEqual({
      baseline: 'im2col',
      mean: -1.125,
      wins: 1,
      meanOfWins: 0.75,
    });
  });
});
