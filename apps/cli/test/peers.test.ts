import { describe, expect, it } from 'vitest';
import { loadRuntime, onnxruntimeVersion } from '../src/peers/onnxruntime.ts';

const failing = (properties: object) => async () => {
  throw Object.assign(new Error('wrong ELF class'), properties);
};

describe('the peer onnxruntime', () => {
  it('says how to install it when it is missing', async () => {
    await expect(loadRuntime(failing({ code: 'ERR_MODULE_NOT_FOUND' }))).rejects.toMatchObject({
      code: 'ERR_ADDON_UNAVAILABLE',
      message: expect.stringMatching(
        /^The peer onnxruntime is not installed; .*"npm install onnxruntime-node"\.$/,
      ),
    });
  });

  it('says why it cannot be loaded', async () => {
    await expect(loadRuntime(failing({}))).rejects.toThrow(/cannot be loaded \(wrong ELF class\)/);
  });

  it('tells its version', () => {
    expect(onnxruntimeVersion()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
