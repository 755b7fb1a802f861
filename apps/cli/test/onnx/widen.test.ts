import { InferenceSession } from '@zeroskip/runner';
import { float32ToFloat16, Tensor } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { temporaryFolder } from '@zeroskip/test-utils/temporary-folder';
import { afterEach, describe, expect, it } from 'vitest';
import { widenedOnnx } from '../../src/onnx/widen.ts';
import { onnxruntimeContender } from '../../src/peers/onnxruntime.ts';
import { float32Contender, openInFloat32 } from '../../src/peers/onnxruntime-float32.ts';
import type { PeerContender } from '../../src/peers/peer.ts';
import { openReference } from '../../src/peers/reference.ts';
import { halfNetwork, type Storage } from '../support/half-network.ts';
import { twoConvolutionsModel } from '../support/network.ts';

const folder = temporaryFolder();
const options = { threads: 1, profile: false };
const values = sparseValues(8 * 120, 0.6, 99);
const input = new Tensor('float32', values, [1, 8, 10, 12]);
const opened: PeerContender[] = [];
afterEach(async () => {
  for (const contender of opened.splice(0)) await contender.release();
});

const keep = (contender: PeerContender) => {
  opened.push(contender);
  return contender;
};
const outputOf = async (contender: PeerContender) => (await contender.run(input)).y!.data as Float32Array;
const none = () => {
  throw new Error('nothing is beside this model');
};
const distance = (a: Float32Array, b: Float32Array) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / Math.max(...b);

describe('widenedOnnx', () => {
  it('leaves a network without 16-bit floats', () => {
    expect(widenedOnnx(twoConvolutionsModel(), none)).toBeUndefined();
  });

  it.each<Storage>(['raw', 'integers', 'external'])('widens weights that are stored as %s', (storage) => {
    const { model, beside } = halfNetwork({ storage });
    const wide = widenedOnnx(model, () => beside)!;
    expect(wide).toEqual(widenedOnnx(halfNetwork().model, none));
    expect(widenedOnnx(wide, none)).toBeUndefined();
  });

  it('is the network without its rounding, as double precision shows', async () => {
    const { model } = halfNetwork();
    await using session = await InferenceSession.create(model, { algorithm: 'reference' });
    const exact = (await session.run({ x: input })).y!.data as Float32Array;
    const wide = await outputOf(keep(await float32Contender(model, options)));
    const half = await outputOf(keep(await onnxruntimeContender(model, options)));
    expect(distance(wide, exact)).toBeLessThan(1e-5);
    expect(distance(half, exact)).toBeGreaterThan(1e-4);
  });

  it('feeds a network whose input and output are 16-bit floats', async () => {
    const { model } = halfNetwork({ casts: false });
    const contender = keep(await float32Contender(model, options));
    const halves = new Tensor('float16', float32ToFloat16(values), [1, 8, 10, 12]);
    const { y } = await contender.run(halves);
    expect(y!.type).toBe('float32');
    expect((await contender.time(halves)).ms).toBeGreaterThan(0);
  });
});

describe('the peer onnxruntime-float32', () => {
  it('refuses a network that onnxruntime runs in float32 anyway', async () => {
    expect(await openInFloat32(twoConvolutionsModel(), options)).toBeUndefined();
    await expect(float32Contender(twoConvolutionsModel(), options)).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining('for the peer onnxruntime-float32'),
    });
  });
});

describe('what outputs are compared with', () => {
  const path = (name: string, model: Uint8Array) => folder.write(name, model);

  it('is the peer, and nothing may differ, where it does not round to 16 bits', async () => {
    const model = path('two.onnx', twoConvolutionsModel());
    const peer = keep(await onnxruntimeContender(model, options));
    const reference = (await openReference(model, [peer]))!;
    expect(reference.contender).toBe(peer);
    expect(reference.mayBeOff('onnxruntime')).toBe(false);
  });

  it('is the peer in float32 where it does, so that only the peer may be off', async () => {
    const model = path('half.onnx', halfNetwork().model);
    const peer = keep(await onnxruntimeContender(model, options));
    const reference = (await openReference(model, [peer]))!;
    expect(reference.contender.name).toBe('onnxruntime-float32');
    expect(['onnxruntime', 'zeroskip (plan)'].map(reference.mayBeOff)).toEqual([true, false]);
    await reference.release();
    const wide = keep(await float32Contender(model, options));
    expect((await openReference(model, [peer, wide]))!.contender).toBe(wide);
  });

  it('is not there without peers', async () => expect(await openReference('none.onnx', [])).toBeUndefined());
});
