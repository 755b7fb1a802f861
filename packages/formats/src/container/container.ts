/*
 * An encoded map as bytes; every number is little-endian.
 *
 *   0   8  magic "ZEROSKIP"
 *   8   4  version (1)
 *   12  4  CRC-32 of everything from byte 16
 *   16  8  length of the container in bytes
 *   24  4  position of the format in `formats`
 *   28 52  channels, height, width, kernel (2), strides (2), dilations (2), pads (4): 4 bytes each
 *   80     one 4-byte value per parameter of the format
 *          per array of the format: 4 bytes element type, 8 bytes number of elements
 *          the arrays, each padded with zeros to a multiple of 4 bytes
 */
import { bytesOf, isTypedArray, typedArrayName, typeError, type ZeroskipRangeError } from '@zeroskip/tensor';
import { invalid } from '../arrays/checks.ts';
import { ELEMENT_CLASSES } from '../arrays/index-width.ts';
import type { EncodedMap, FormatArray, SparseFormat } from '../format.ts';
import { format, formats } from '../formats.ts';
import { bitsOf, type Geometry } from '../map/activation-map.ts';
import { crc32 } from './crc32.ts';

const MAGIC = 'ZEROSKIP';
const VERSION = 1;
const CHECKSUM_START = 16;
const FIXED_BYTES = 80;
const ARRAY_HEADER_BYTES = 12;

function headerBytes({ parameters, arrayNames }: SparseFormat): number {
  return FIXED_BYTES + 4 * parameters.length + ARRAY_HEADER_BYTES * arrayNames.length;
}

function paddedBytes(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

function geometryNumbers({ kernel, strides, dilations, pads }: Geometry): number[] {
  return [...kernel, ...strides, ...dilations, ...pads];
}

function writeArray(view: DataView, offset: number, array: FormatArray): void {
  const numbers = isTypedArray(array, 'Float32Array') ? bitsOf(array) : array;
  if (isTypedArray(numbers, 'Uint8Array')) {
    new Uint8Array(view.buffer, view.byteOffset + offset, numbers.length).set(numbers);
  } else if (isTypedArray(numbers, 'Uint16Array')) {
    for (let i = 0; i < numbers.length; i++) view.setUint16(offset + 2 * i, numbers[i]!, true);
  } else {
    for (let i = 0; i < numbers.length; i++) view.setUint32(offset + 4 * i, numbers[i]!, true);
  }
}

function readArray(view: DataView, offset: number, array: FormatArray): void {
  const numbers = isTypedArray(array, 'Float32Array') ? bitsOf(array) : array;
  if (isTypedArray(numbers, 'Uint8Array')) {
    numbers.set(new Uint8Array(view.buffer, view.byteOffset + offset, numbers.length));
  } else if (isTypedArray(numbers, 'Uint16Array')) {
    for (let i = 0; i < numbers.length; i++) numbers[i] = view.getUint16(offset + 2 * i, true);
  } else {
    for (let i = 0; i < numbers.length; i++) numbers[i] = view.getUint32(offset + 4 * i, true);
  }
}

/**
 * An encoded map as bytes, to be stored or sent.
 * @throws the errors of the format's `validate`.
 */
export function toBytes(encoded: EncodedMap): Uint8Array {
  const codec = format(encoded.format);
  codec.validate(encoded);
  const arrays = codec.arrayNames.map((name) => encoded.arrays[name]!);
  const length = arrays.reduce((sum, { byteLength }) => sum + paddedBytes(byteLength), headerBytes(codec));
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC.charCodeAt(i);
  view.setUint32(8, VERSION, true);
  view.setBigUint64(16, BigInt(length), true);
  const { channels, height, width } = encoded.shape;
  const numbers = [
    formats.indexOf(codec),
    channels,
    height,
    width,
    ...geometryNumbers(encoded.geometry),
    ...codec.parameters.map(({ name }) => encoded.parameters[name]!),
  ];
  for (const [i, number] of numbers.entries()) view.setUint32(24 + 4 * i, number, true);
  let header = 24 + 4 * numbers.length;
  let offset = headerBytes(codec);
  for (const array of arrays) {
    view.setUint32(
      header,
      ELEMENT_CLASSES.findIndex(({ name }) => name === typedArrayName(array)),
      true,
    );
    view.setBigUint64(header + 4, BigInt(array.length), true);
    writeArray(view, offset, array);
    header += ARRAY_HEADER_BYTES;
    offset += paddedBytes(array.byteLength);
  }
  view.setUint32(12, crc32(bytes.subarray(CHECKSUM_START)), true);
  return bytes;
}

function tooShort(needed: number, received: number): ZeroskipRangeError {
  return invalid('the length of the container', `at least ${needed} bytes`, received);
}

/**
 * The encoded map in the bytes of `container`, which are copied. Lengths are checked before anything is allocated, and
 * the format's `validate` has passed.
 * @throws `ZeroskipRangeError` or `ZeroskipTypeError`, code `ERR_INVALID_FORMAT`, for anything that `toBytes`
 *   would not have written.
 */
export function fromBytes(container: Uint8Array | ArrayBufferLike): EncodedMap {
  const bytes = bytesOf(container);
  if (!bytes) throw typeError('the container', 'a Uint8Array or an ArrayBuffer', container);
  if (bytes.length < FIXED_BYTES) throw tooShort(FIXED_BYTES, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw invalid('the first 8 bytes', MAGIC, magic);
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw invalid('the container version', String(VERSION), version);
  const length = view.getBigUint64(16, true);
  if (length !== BigInt(bytes.length))
    throw invalid('the length of the container', `${length} bytes`, bytes.length);
  const checksum = crc32(bytes.subarray(CHECKSUM_START));
  if (view.getUint32(12, true) !== checksum) {
    throw invalid('the checksum', String(view.getUint32(12, true)), checksum);
  }

  let header = 24;
  const next = () => {
    header += 4;
    return view.getUint32(header - 4, true);
  };
  const position = next();
  const codec = formats[position];
  if (!codec) throw invalid('the format', `0 to ${formats.length - 1}`, position);
  let offset = headerBytes(codec);
  if (bytes.length < offset) throw tooShort(offset, bytes.length);
  const shape = { channels: next(), height: next(), width: next() };
  const geometry: Geometry = {
    kernel: [next(), next()],
    strides: [next(), next()],
    dilations: [next(), next()],
    pads: [next(), next(), next(), next()],
  };
  const parameters = Object.fromEntries(codec.parameters.map(({ name }) => [name, next()]));
  const arrays: Record<string, FormatArray> = {};
  for (const name of codec.arrayNames) {
    const type = next();
    const Class = ELEMENT_CLASSES[type];
    if (!Class) throw invalid(`the element type of ${name}`, `0 to ${ELEMENT_CLASSES.length - 1}`, type);
    const count = view.getBigUint64(header, true);
    header += 8;
    const left = Math.floor((bytes.length - offset) / Class.BYTES_PER_ELEMENT);
    if (count > BigInt(left)) throw invalid(`the length of ${name}`, `at most ${left}`, count);
    const array = new Class(Number(count));
    const end = offset + paddedBytes(array.byteLength);
    if (end > bytes.length) throw tooShort(end, bytes.length);
    readArray(view, offset, array);
    if (bytes.subarray(offset + array.byteLength, end).some((byte) => byte !== 0)) {
      throw invalid(`the padding of ${name}`, 'zeros', 'other bytes');
    }
    arrays[name] = array;
    offset = end;
  }
  if (offset !== bytes.length) throw invalid('the length of the container', `${offset} bytes`, bytes.length);
  const encoded = { format: codec.id, shape, geometry, parameters, arrays };
  codec.validate(encoded);
  return encoded;
}
