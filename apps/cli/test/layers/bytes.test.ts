import type { InferenceSession, LayerProbe } from '@zeroskip/runner';
import { convSpec, Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { measureLayerBytes } from '../../src/layers/bytes.ts';

const spec = convSpec({ inChannels: 2, outChannels: 1, kernel: [3, 3], pads: [1, 1, 1, 1] });

/** A session with one layer that sees the session's input as it is. */
const session = {
  inputNames: ['x'],
  probe: async (feeds: Record<string, Tensor>, visit: (layer: LayerProbe) => void) => {
    const { data, dims } = feeds.x!;
    visit({ name: 'conv', spec, inputDims: dims, readInput: () => data } as unknown as LayerProbe);
    return {};
  },
} as unknown as InferenceSession;

const map = (batch: number, value: number) =>
  new Tensor('float32', new Float32Array(batch * 2 * 6 * 4).fill(value), [batch, 2, 6, 4]);

async function measure(...inputs: Tensor[]) {
  const progress: number[] = [];
  const bytes = await measureLayerBytes(session, inputs, 1, (done, total) => progress.push(done / total));
  return { bytes: bytes.get('conv')!, progress };
}

describe('measureLayerBytes', () => {
  it('has the lowered size in every format', async () => {
    const { bytes } = await measure(map(1, 1));
    expect(bytes.im2col).toBe(4 * 6 * 4 * 9 * 2);
    expect(bytes.mec).toBe(4 * 4 * 8 * 3 * 2);
    expect(bytes).toMatchObject({ cpo: expect.any(Number), cps: expect.any(Number) });
  });

  it('adds up the images of a batch', async () => {
    const [one, three] = [(await measure(map(1, 1))).bytes, (await measure(map(3, 1))).bytes];
    for (const [format, size] of Object.entries(one)) expect(three[format]).toBe(3 * size);
  });

  it('is the mean over the inputs', async () => {
    const [full, empty] = [(await measure(map(1, 1))).bytes, (await measure(map(1, 0))).bytes];
    const { bytes, progress } = await measure(map(1, 1), map(1, 0));
    expect(bytes.cpo).toBe(Math.round((full.cpo! + empty.cpo!) / 2));
    expect(progress).toEqual([0.5, 1]);
  });
});
