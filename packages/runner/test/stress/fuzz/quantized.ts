import type { EdgeCase } from '@zeroskip/test-utils';
import { formOf, quantizedConformance } from '../../../../kernels/test/conformance/quantized-conformance.ts';
import { sound } from './convolution.ts';
import { bytesText, type FuzzTarget, jsonBytes, withoutPlaces } from './target.ts';

interface Input {
  readonly convolution: EdgeCase;
  /** Of the operands and of what the sums become. */
  readonly form: number;
}

const first = {
  ...{ name: 'first', batch: 1, input: [3, 4], density: 1, seed: 1 },
  spec: {
    ...{ group: 1, inChannels: 3, outChannels: 2, kernel: [2, 2], strides: [1, 1], dilations: [1, 1] },
    pads: [0, 0, 0, 0],
  },
};

/** Convolutions of integers, which are exact whatever their geometry, operands and results. */
export const quantized: FuzzTarget = {
  name: 'quantized',
  guided: false,
  isValid: true,
  simpler: withoutPlaces,
  seeds: [jsonBytes({ convolution: first, form: 1 })],
  mutate: (_parent, _other, random) =>
    jsonBytes({ convolution: sound(random).viewed.convolution, form: Math.floor(random() * 2 ** 20) }),
  async attempt(input) {
    const { convolution, form } = JSON.parse(bytesText(input)) as Input;
    const verdict = await quantizedConformance(convolution, formOf(form));
    if (verdict.kind === 'failed') throw new Error(verdict.reason);
  },
};
