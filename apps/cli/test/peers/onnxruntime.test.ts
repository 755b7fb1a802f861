import { Tensor } from '@zeroskip/tensor';
import { afterEach, describe, expect, it } from 'vitest';
import { onnxruntimeContender, onnxruntimeError, onnxruntimeVersion } from '../../src/peers/onnxruntime.ts';
import type { PeerContender } from '../../src/peers/peer.ts';
import { PeerProcess } from '../../src/peers/process.ts';
import { twoConvolutionsModel } from '../support/network.ts';

const input = new Tensor('float32', new Float32Array(576).fill(0.5), [1, 3, 16, 12]);
const opened: { release(): Promise<void> }[] = [];
afterEach(async () => {
  for (const contender of opened.splice(0)) await contender.release();
});

async function open(profile: boolean): Promise<PeerContender> {
  const contender = await onnxruntimeContender(twoConvolutionsModel(), { threads: 1, profile });
  opened.push(contender);
  return contender;
}

describe('the peer onnxruntime', () => {
  it('says how to install it when it is missing', () => {
    expect(onnxruntimeError({ code: 'ERR_MODULE_NOT_FOUND', message: 'Cannot find package' })).toMatchObject({
      code: 'ERR_ADDON_UNAVAILABLE',
      message: expect.stringMatching(
        /^The peer onnxruntime is not installed; .*"npm install onnxruntime-node"\.$/,
      ),
    });
  });

  it('says why it cannot be loaded', () => {
    const error = onnxruntimeError({ code: 'ERR_DLOPEN_FAILED', message: 'wrong ELF class' });
    expect(error.message).toMatch(/cannot be loaded \(wrong ELF class\)/);
  });

  it('says why it does not take a model', async () => {
    const opening = onnxruntimeContender(new Uint8Array([1, 2, 3]), { threads: 1, profile: true });
    await expect(opening).rejects.toMatchObject({
      code: 'ERR_NATIVE',
      message: expect.stringMatching(/^The peer onnxruntime failed: ./),
    });
  });

  it('tells its version', () => {
    expect(onnxruntimeVersion()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('runs a network in its own process', async () => {
    const contender = await open(false);
    const { y, features } = await contender.run(input);
    expect([y!.dims, features!.dims]).toEqual([
      [1, 4, 8, 6],
      [1, 8, 16, 12],
    ]);
    expect((await contender.time(input)).ms).toBeGreaterThan(0);
    expect(await contender.nodeTimes()).toBeUndefined();
  });

  it('profiles the runs that are timed', async () => {
    const contender = await open(true);
    await contender.run(input);
    await contender.time(input);
    await contender.time(input);
    const runs = (await contender.nodeTimes())!;
    expect(runs).toHaveLength(2);
    for (const nodes of runs) {
      expect(nodes.filter(({ opType }) => /Conv/.test(opType))).toHaveLength(2);
      for (const { ms } of nodes) expect(ms).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('a process of a peer', () => {
  it('that ends says so to who waits, and to who asks later', async () => {
    const process = new PeerProcess('nobody', 'onnxruntime.js', ({ message }) => new Error(message));
    const waiting = process.call('open', { model: '', options: {} });
    await process.end();
    await process.end();
    await waiting.catch(() => {});
    await expect(process.call('run')).rejects.toMatchObject({
      code: 'ERR_NATIVE',
      message: expect.stringMatching(/^Expected an answer to run from the peer nobody, received the end of/),
    });
  });

  it('that has no such method says so', async () => {
    const process = new PeerProcess(
      'nobody',
      'onnxruntime.js',
      ({ message }) => new Error(`over there: ${message}`),
    );
    await expect(process.call('sing')).rejects.toThrow(/^over there: /);
    await process.end();
  });
});
