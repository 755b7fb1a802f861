import { convSpec, Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { afterAll, describe, expect, it } from 'vitest';
import { Convolution, convolve, selectTarget, targets } from '../src/index.ts';

const spec = convSpec({ inChannels: 3, outChannels: 5, kernel: [3, 3], pads: [1, 1, 1, 1] });
const [height, width] = [11, 13];
const best = targets().find(({ selected }) => selected)!.name;
afterAll(() => selectTarget(best));

async function results(map: Float32Array, weights: Float32Array, algorithm: string) {
  using convolution = new Convolution(spec, weights, undefined, { algorithm });
  const tensor = new Tensor('float32', map, [1, spec.inChannels, height, width]);
  return (await convolve(tensor, convolution, { threads: 2 })).data;
}

describe.each(targets().flatMap(({ name, supported }) => (supported ? [name] : [])))(
  'winograd on %s',
  (target) => {
    const values = sparseValues(spec.inChannels * height * width, 1, 1);
    const weights = sparseValues(5 * 3 * 9, 1, 2);

    it('is finite where the convolution is, though transforms or their products overflow', async () => {
      selectTarget(target);
      for (const huge of [3e38, 1e37, -2e38]) {
        const map = values.with(5 * width + 6, huge);
        const small = weights.map((value) => value / 2);
        const [expected, received] = [
          await results(map, small, 'direct'),
          await results(map, small, 'winograd'),
        ];
        const largest = Math.abs(huge) / 2;
        for (const [i, value] of expected.entries()) {
          expect(Math.abs(received[i]! - value)).toBeLessThanOrEqual(largest * 1e-5);
        }
      }
    });

    it('leaves outputs that meet no NaN without one', async () => {
      selectTarget(target);
      const received = await results(values.with(5 * width + 6, Number.NaN), weights, 'winograd');
      for (const [i, value] of received.entries()) {
        const [y, x] = [Math.floor(i / width) % height, i % width];
        expect(Number.isNaN(value)).toBe(Math.abs(y - 5) <= 1 && Math.abs(x - 6) <= 1);
      }
    });
  },
);
