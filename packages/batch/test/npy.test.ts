import { allocate, elementTypes, Tensor } from '@zeroskip/tensor';
import { forms } from '@zeroskip/test-utils';
import { describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../src/npy.ts';

const tensor = new Tensor('float32', [1, -2.5, 3, Number.NaN, Number.POSITIVE_INFINITY, -0], [1, 2, 3]);

function withHeader(dictionary: string, data: Uint8Array = new Uint8Array(0), version = 1): Buffer {
  const header = Buffer.from(`${dictionary}\n`, 'latin1');
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.from([version, 0]), length, header, data]);
}

const float = Buffer.from(Float32Array.of(7).buffer);

describe('.npy files', () => {
  it('read back as they were written, special values included', () => {
    const read = readNpy(writeNpy(tensor), 'x');
    expect(read.dims).toEqual([1, 2, 3]);
    expect(new Uint8Array(read.data.buffer)).toEqual(new Uint8Array(tensor.data.buffer));
  });

  it.each(Object.keys(forms))('read as %s hold their values and no other bytes', (form) => {
    const read = readNpy(forms[form]!(writeNpy(tensor)), 'x');
    expect(read).toEqual(tensor);
    expect(read.data.buffer.byteLength).toBe(read.data.byteLength);
    expect(() => readNpy(forms[form]!(writeNpy(tensor).subarray(0, -1)), 'x')).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_FORMAT' }),
    );
  });

  it('are refused where they are no bytes', () => {
    expect(() => readNpy('x' as never, 'x')).toThrow(
      'Expected a Uint8Array or an ArrayBuffer for x, received "x".',
    );
  });

  const isForeign = (type: string) => type === 'bfloat16' || /^(float[48]|u?int[24]$)/.test(type);

  it.each(elementTypes.filter(isForeign))('do not hold %s, which NumPy does not have', (type) => {
    expect(() => writeNpy(new Tensor(type, allocate(type, 1)))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_FORMAT' }),
    );
  });

  it.each(elementTypes.filter((type) => !isForeign(type)))('hold %s', (type) => {
    const filled = new Tensor(type, allocate(type, 4), [2, 2]);
    new Uint8Array(filled.data.buffer).fill(1);
    const read = readNpy(writeNpy(filled), 'x');
    expect(read.type).toBe(type);
    expect(read.data).toEqual(filled.data);
  });

  it.each([
    ['a scalar', []],
    ['a vector', [3]],
    ['an empty array', [2, 0, 3]],
  ])('hold %s', (_, dims) => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const read = readNpy(writeNpy(new Tensor('float32', new Float32Array(size), dims)), 'x');
    expect(read.dims).toEqual(dims);
  });

  it('align their data to 64 bytes', () => {
    for (const dims of [[1], [1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]]) {
      const file = writeNpy(new Tensor('uint8', new Uint8Array(1), dims));
      expect((file.length - 1) % 64).toBe(0);
    }
  });

  it('are written in N, C, H, W order whatever the layout', () => {
    const nhwc = new Tensor('float32', [1, 2, 3, 4], [1, 2, 1, 2], 'NHWC');
    expect([...(readNpy(writeNpy(nhwc), 'x').data as Float32Array)]).toEqual([1, 3, 2, 4]);
  });

  it.each([2, 3])('of version %i are read', (version) => {
    const file = withHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }`, float, version);
    expect(readNpy(file, 'x').data).toEqual(Float32Array.of(7));
  });

  it('are read whatever the order of their header', () => {
    const file = withHeader(`{'shape': (1, 1), 'fortran_order': False, 'descr': '<f4'}`, float);
    expect(readNpy(file, 'x').dims).toEqual([1, 1]);
  });

  const invalid: [string, Buffer, RegExp][] = [
    ['empty', Buffer.alloc(0), /magic/],
    ['text', Buffer.from('this is not an array'), /magic/],
    ['of an unknown version', withHeader('{}', float, 4), /version 4/],
    ['cut in the header', writeNpy(tensor).subarray(0, 40), /ends inside/],
    ['cut before the length of the header', withHeader('{}', float, 2).subarray(0, 10), /ends inside/],
    [
      'cut in the data',
      writeNpy(tensor).subarray(0, -1),
      /24 bytes of data for shape \(1, 2, 3\) for x, received 23 bytes/,
    ],
    ['followed by more', Buffer.concat([writeNpy(tensor), Buffer.alloc(1)]), /received 25 bytes/],
    ['without a shape', withHeader(`{'descr': '<f4', 'fortran_order': False, }`, float), /shape/],
    [
      'of a negative shape',
      withHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }`, float),
      /shape/,
    ],
    [
      'of a shape that does not end',
      withHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1'.repeat(5000)}x`, float),
      /shape/,
    ],
    [
      'in Fortran order',
      withHeader(`{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }`, float),
      /C order/,
    ],
    ['big-endian', withHeader(`{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }`, float), />f4/],
    [
      'of Python objects',
      withHeader(`{'descr': '|O', 'fortran_order': False, 'shape': (1,), }`, float),
      /\|O/,
    ],
    [
      'of structures',
      withHeader(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }`, float),
      /descr/,
    ],
  ];
  it.each(invalid)('are refused when %s', (_, file, message) => {
    expect(() => readNpy(file, 'x')).toThrow(message);
    expect(() => readNpy(file, 'x')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_FORMAT' }));
  });

  it('are refused when their shape overflows', () => {
    const file = withHeader(
      `{'descr': '<f4', 'fortran_order': False, 'shape': (999999999, 999999999), }`,
      float,
    );
    expect(() => readNpy(file, 'x')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SHAPE' }));
  });
});
