import { cps } from '@zeroskip/formats';
import type { InferenceSession, LayerProbe } from '@zeroskip/runner';
import { convSpec, Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { compressionRatio, inspectLayers } from '../../../src/commands/inspect/measure.ts';
import { inspectionText } from '../../../src/commands/inspect/text.ts';
import { isStandard } from '../../../src/layers/shape.ts';
import { WIDTH } from '../../../src/report/table.ts';

const spec = convSpec({ inChannels: 2, outChannels: 3, kernel: [3, 3], pads: [1, 1, 1, 1] });
const pointwise = convSpec({ inChannels: 2, outChannels: 5, kernel: [1, 1] });

/** A session with two layers that see the session's input as it is. */
const session = {
  inputNames: ['x'],
  probe: async (feeds: Record<string, Tensor>, visit: (layer: LayerProbe) => void) => {
    const { data, dims } = feeds.x!;
    const layer = { inputDims: dims, readInput: () => data };
    visit({ ...layer, name: 'spatial', spec } as unknown as LayerProbe);
    visit({ ...layer, name: 'pointwise', spec: pointwise } as unknown as LayerProbe);
    return {};
  },
} as unknown as InferenceSession;

const inspect = (...images: Tensor[]) => inspectLayers(session, images, 2, () => {});

/** One channel of zeros, one whose rows are `row`. */
const halfEmpty = (row: readonly number[]) =>
  new Tensor(
    'float32',
    Float32Array.from([...new Array(16).fill(0), ...row, ...row, ...row, ...row]),
    [1, 2, 4, 4],
  );

describe('inspectLayers', () => {
  it('counts what is empty and the patterns, as means over the images', async () => {
    const [layer] = await inspect(halfEmpty([1, 0, 0, 2]), halfEmpty([0, 0, 0, 0]));
    expect(layer).toMatchObject({
      name: 'spatial',
      inputShape: [1, 2, 4, 4],
      weightShape: [3, 2, 3, 3],
      densities: [0.25, 0],
      allZeroChannels: 0.75,
      allZeroTiles: 0.5,
    });
    expect(layer!.patterns).toHaveLength(16);
    expect(layer!.patterns[0b1001]).toBe(0.25);
    expect(layer!.patterns[0]).toBe(0.75);
  });

  it('takes the images of a batch one by one', async () => {
    const data = [...halfEmpty([1, 0, 0, 2]).data, ...halfEmpty([0, 0, 0, 0]).data] as number[];
    const [batch] = await inspect(new Tensor('float32', Float32Array.from(data), [2, 2, 4, 4]));
    const [one] = await inspect(halfEmpty([1, 0, 0, 2]), halfEmpty([0, 0, 0, 0]));
    expect({ ...batch, inputShape: [] }).toEqual({ ...one, inputShape: [] });
  });

  it('has the mean bytes of every format', async () => {
    const image = halfEmpty([1, 0, 0, 2]);
    const [layer, second] = await inspect(image, image);
    const map = { channels: 2, height: 4, width: 4, data: image.data as Float32Array };
    expect(layer!.bytes.cps).toBe(cps.byteLength(cps.encode(map, spec)));
    expect(layer!.bytes.im2col).toBe(4 * 4 * 4 * 9 * 2);
    expect(compressionRatio(layer!, 'cps')).toBe(layer!.bytes.im2col! / layer!.bytes.cps!);
    expect([layer!, second!].map(isStandard)).toEqual([true, false]);
    expect(isStandard({ ...layer!, group: 2 })).toBe(false);
  });

  it('counts an index per column set, and the published two for a set of several', async () => {
    const [layer] = await inspect(halfEmpty([1, 0, 0, 2]));
    expect(layer!.columnSetIndices.own).toBeLessThanOrEqual(layer!.columnSetIndices.published);
    expect(layer!.columnSetIndices.published).toBeGreaterThan(0);
  });
});

describe('inspectionText', () => {
  it('leaves pointwise convolutions out of the ratios, and fits the page', async () => {
    const layers = await inspect(halfEmpty([1, 0, 0, 2]));
    const text = inspectionText(layers, 1);
    expect(text).toContain('2 convolutions on 1 input;');
    expect(text).toContain('Compression ratios of the 1 convolutions that are neither pointwise nor grouped');
    const ratio = `${compressionRatio(layers[0]!, 'mec').toFixed(2)}×`;
    expect(text).toMatch(new RegExp(`mec +${ratio} +${ratio} +${ratio} +${ratio}`));
    for (const line of text.split('\n').slice(2)) expect(line.length).toBeLessThanOrEqual(WIDTH);
    expect(inspectionText([layers[1]!], 2)).toContain('Every convolution is pointwise or grouped.');
  });
});
