import { Tensor } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { InferenceSession, type SessionOptions } from '../../src/index.ts';
import { inputLayer, type Json, layer, layersModel, sequential } from './layers-model.ts';

const bytes = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));

function load(layers: readonly Json[], options: SessionOptions = {}): Promise<InferenceSession> {
  return InferenceSession.create(bytes(layersModel(sequential(layers)).json), {
    externalData: [{ path: 'weights.bin', data: new Uint8Array() }],
    ...options,
  });
}

async function run(session: InferenceSession, dims: readonly number[]) {
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i);
  const results = await session.run({ x: new Tensor('float32', data, dims) });
  return results[session.outputNames[0]!]!;
}

describe('layer classes that packages bring', () => {
  it('MultiplyBeta of UpscalerJS multiplies by 0.2', async () => {
    const out = await run(await load([inputLayer([2]), layer('MultiplyBeta', 'm')]), [1, 2]);
    expect([...out.data]).toEqual([0, Math.fround(0.2)]);
  });

  it.each([2, 3, 4, 8])('PixelShuffle%sx of UpscalerJS spreads channels', async (scale) => {
    const channels = scale ** 2;
    const session = await load([inputLayer([1, 2, channels]), layer(`PixelShuffle${scale}x`, 'p')]);
    const out = await run(session, [1, 1, 2, channels]);
    expect(out.dims).toEqual([1, scale, 2 * scale, 1]);
    expect([...out.data.slice(0, scale + 1)].map(Number)).toEqual([
      ...Array.from({ length: scale }, (_, i) => i),
      channels,
    ]);
  });
});

describe('option layers', () => {
  const twice = [inputLayer([2]), layer('Times', 't', { by: 3 })];

  it('says what a class consists of', async () => {
    const Times = ({ by }: Readonly<Record<string, unknown>>) => [
      { class_name: 'Rescaling', config: { scale: by } },
      { class_name: 'ReLU' },
    ];
    const out = await run(await load(twice, { layers: { Times } }), [1, 2]);
    expect([...out.data]).toEqual([0, 3]);
  });

  it('is where an unknown class can be told', async () => {
    await expect(load(twice)).rejects.toThrow(/for the class of layer "t" \(Times\).*/);
  });

  it.each<[string, unknown, string]>([
    ['no layers', () => [], 'ERR_INVALID_MODEL'],
    ['no list', () => 7, 'ERR_INVALID_MODEL'],
    ['itself', () => [{ class_name: 'Times' }], 'ERR_LIMIT_EXCEEDED'],
  ])('is refused for a class of %s', async (_what, Times, code) => {
    await expect(load(twice, { layers: { Times } as never })).rejects.toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('is refused unless it is an object of functions', async () => {
    for (const layers of [7, { Times: 7 }]) {
      await expect(load(twice, { layers: layers as never })).rejects.toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_TYPE' }),
      );
    }
  });
});

describe('a weights manifest', () => {
  it('is said to be one', async () => {
    await expect(InferenceSession.create(bytes([{ weights: [], paths: [] }]))).rejects.toThrow(
      /received "weights alone, as face-api\.js has them"/,
    );
  });
});
