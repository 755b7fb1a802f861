import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/index.ts';

const text = (value: string) => new TextEncoder().encode(value);

describe('a file of another kind', () => {
  it.each([
    [
      'a Git LFS pointer',
      text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n'),
      'git lfs pull',
    ],
    ['an HTML page', text('\n<!DOCTYPE html><html><body>Not found</body></html>'), 'download'],
    ['an HTML page', text('\ufeff<html lang="en">'), 'download'],
    ['a Keras or HDF5 file', Buffer.from('894844460d0a1a0a', 'hex'), 'tensorflowjs_converter'],
    ['a ZIP archive', Buffer.from('504b030414000000', 'hex'), 'torch.onnx.export'],
    ['a gzip archive', Buffer.from('1f8b0800', 'hex'), 'Unpack'],
    ['a GGUF file', text('GGUF\x03'), 'ONNX'],
  ])('is said to be %s, with what to do', async (what, bytes, next) => {
    const error = await InferenceSession.create(bytes).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'ERR_INVALID_MODEL', message: expect.stringContaining(what) });
    expect((error as Error).message).toContain(next);
  });
});
