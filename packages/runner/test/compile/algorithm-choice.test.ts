import { targets } from '@zeroskip/kernels';
import { convSpec } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { chooseAlgorithm } from '../../src/compile/algorithm-choice.ts';
import type { ConvLayer } from '../../src/lowering/actions.ts';

/** What `auto` takes for a 3 × 3 layer on a square map. */
function auto(inChannels: number, outChannels: number, size: number, expectedDensity: number): string {
  const layer: Pick<ConvLayer, 'name' | 'spec' | 'inputDims' | 'expectedDensity'> = {
    name: 'layer',
    spec: convSpec({ inChannels, outChannels, kernel: [3, 3], pads: [1, 1, 1, 1] }),
    inputDims: [1, inChannels, size, size],
    expectedDensity,
  };
  const choice = { algorithm: 'auto', planned: new Map(), accuracy: 'standard' } as const;
  return chooseAlgorithm(choice, layer as ConvLayer, undefined).algorithm;
}

describe('without a plan', () => {
  it.each([
    [64, 64, 56],
    [128, 128, 28],
    [64, 32, 128],
    [256, 256, 56],
    [256, 512, 64],
  ])('a 3 × 3 layer %i → %i at %i² is transformed, with zeros and without', (c, n, size) => {
    expect(auto(c, n, size, 0.45)).toBe('winograd');
    expect(auto(c, n, size, 1)).toBe('winograd');
  });

  it.each([
    [512, 512, 16],
    [1024, 512, 32],
    [512, 512, 14],
  ])(
    'a deep one, %i → %i at %i², skips zeros: transformed weights would take more than they save',
    (c, n, size) => {
      expect(auto(c, n, size, 0.45)).toBe('cps');
    },
  );

  const lanes = targets().find(({ selected }) => selected)!.vectorBytes / 4;
  it.runIf(lanes > 4)('three channels do not fill the vectors of a transform', () => {
    expect(auto(3, 64, 224, 1)).not.toBe('winograd');
  });
});
