import { decode, defaultLimits, ModelFiles, onnx } from '@zeroskip/onnx';
import type { ZeroskipError } from '@zeroskip/tensor';
import { describe, expect, it } from 'vitest';
import { encode, float32, int64, io, model, node, tensorProto } from './support/models.ts';
import { code } from './support/refusal.ts';

const small = model({
  nodes: [node('Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }), node('Relu', ['c'], ['y'])],
  ...io({ x: ['N', 1, 4, 4] }, { y: ['N', 2, 4, 4] }),
  constants: { w: float32([2, 1, 3, 3]) },
});

const bytes = (...values: number[]) => Uint8Array.from(values);
const parse = (data: Uint8Array) =>
  onnx.parse(data, defaultLimits, new ModelFiles({ limits: defaultLimits }));

describe('wire format', () => {
  it('is refused or read with a coded error at every truncation', async () => {
    for (let length = 0; length < small.length; length++) {
      const result = await parse(small.slice(0, length)).catch((error: unknown) => error);
      if (result instanceof Error)
        expect((result as ZeroskipError).code, `length ${length}`).toMatch(/^ERR_/);
    }
  });

  it('survives each byte set to each of a few values', async () => {
    for (let at = 0; at < small.length; at++) {
      for (const value of [0x00, 0x7f, 0x80, 0xff]) {
        const damaged = small.slice();
        damaged[at] = value;
        const result = await parse(damaged).catch((error: unknown) => error);
        if (result instanceof Error)
          expect((result as ZeroskipError).code, `byte ${at} = ${value}`).toMatch(/^ERR_/);
      }
    }
  });

  it.each([
    ['nothing', bytes()],
    ['text', new TextEncoder().encode('Hello, this is not a model at all.\n')],
    ['a JPEG', bytes(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46)],
    ['an overlong varint', bytes(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)],
    ['a length past the end', bytes(0x3a, 0x05, 0x00)],
    ['a length of 2^31', bytes(0x3a, 0x80, 0x80, 0x80, 0x80, 0x08)],
    ['a length of 2^35', bytes(0x3a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01)],
    ['a graph that is a number', bytes(0x38, 0x01)],
    ['a group that does not end', bytes(0x0b, 0x08, 0x01)],
    ['an end of no group', bytes(0x0c)],
    ['wire type 6', bytes(0x0e)],
    ['field number 0', bytes(0x02, 0x00)],
    ['invalid UTF-8 in a name', bytes(0x3a, 0x04, 0x12, 0x02, 0xc3, 0x28)],
  ])('refuses %s', async (_what, data) => {
    await expect(parse(data)).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('names the field at fault', async () => {
    await expect(parse(bytes(0x38, 0x01))).rejects.toThrow(
      'Expected wire type 2 for ModelProto.graph, received "wire type 0".',
    );
  });

  it('skips unknown fields of every wire type, groups included', () => {
    const unknown = [
      0xf8, 0x06, 0x01, 0xf9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xfa, 0x06, 0x01, 0x00, 0xfb, 0x06, 0x08, 0x01,
      0xfc, 0x06, 0xfd, 0x06, 1, 2, 3, 4,
    ];
    expect(decode('ModelProto', bytes(...unknown, 0x08, 0x05), 10).irVersion).toBe(5n);
  });

  it('refuses groups nested without end', async () => {
    await expect(parse(new Uint8Array(10_000).fill(0x0b))).rejects.toThrow(code('ERR_INVALID_MODEL'));
  });

  it('stops at more messages than the limit', () => {
    const nodes = encode('GraphProto', { node: Array.from({ length: 50 }, () => ({})) });
    expect(() => decode('GraphProto', nodes, 20)).toThrow(code('ERR_LIMIT_EXCEEDED'));
  });

  it('reads repeated numbers packed, unpacked and mixed', () => {
    const mixed = bytes(0x08, 0x05, 0x0a, 0x03, 0x02, 0x80, 0x01, 0x08, 0x04, 0x08, 0x03);
    expect([...decode('TensorProto', mixed, 10).dims]).toEqual([5n, 2n, 128n, 4n, 3n]);
    const floats = bytes(0x22, 0x08, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40);
    expect(() => decode('TensorProto', bytes(0x22, 0x03, 0, 0, 0), 10)).toThrow(code('ERR_INVALID_MODEL'));
    expect([...decode('TensorProto', floats, 10).floatData]).toEqual([1, 2]);
    expect([
      ...decode('TensorProto', encode('TensorProto', { int64Data: [-1, 2 ** 40] }), 10).int64Data,
    ]).toEqual([-1n, 2n ** 40n]);
  });

  it('keeps byte fields as views of the file', () => {
    const data = encode('TensorProto', tensorProto('w', int64([1, 2, 3])));
    expect(decode('TensorProto', data, 10).rawData!.buffer).toBe(data.buffer);
  });
});
