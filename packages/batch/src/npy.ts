import { allocate, bytesOf, type ElementType, sizeOf, Tensor, typeError, unexpected } from '@zeroskip/tensor';

/** NumPy's little-endian type descriptions of the element types. */
const DESCRIPTIONS: Partial<Record<ElementType, string>> = {
  float32: '<f4',
  float64: '<f8',
  float16: '<f2',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  bool: '|b1',
};

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
/** Headers are padded so that the data that follows are aligned to this many bytes. */
const ALIGNMENT = 64;

const invalid = (what: string, expected: string, received: string) =>
  unexpected('ERR_INVALID_FORMAT', what, expected, received);

/** Whether a file is one of NumPy's, by its first bytes. */
export function isNpy(file: Buffer): boolean {
  return file.subarray(0, MAGIC.length).equals(MAGIC);
}

function headerOf(file: Buffer, what: string): { header: string; dataOffset: number } {
  if (file.length < 10 || !isNpy(file)) {
    throw invalid(what, 'a .npy file', 'a file without its magic bytes');
  }
  const major = file[6]!;
  if (major < 1 || major > 3) throw invalid(what, 'a .npy file of version 1 to 3', `version ${major}`);
  const start = major === 1 ? 10 : 12;
  if (file.length < start) throw invalid(what, 'a whole .npy header', 'a file that ends inside it');
  const length = major === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8);
  if (start + length > file.length) throw invalid(what, 'a whole .npy header', 'a file that ends inside it');
  return { header: file.toString('latin1', start, start + length), dataOffset: start + length };
}

/** Undefined where `text` is no list of dims. */
function parseShape(text: string): number[] | undefined {
  const dims = text
    .split(',')
    .map((dim) => dim.trim())
    .filter((dim) => dim !== '');
  return dims.every((dim) => /^\d{1,15}$/.test(dim)) ? dims.map(Number) : undefined;
}

/**
 * Reads NumPy's array format: versions 1 to 3, row-major, little-endian, one of the element types.
 * @param what the file's role, for errors
 * @throws with code `ERR_INVALID_FORMAT` for anything else, and for data that are too short or too long
 */
export function readNpy(npy: Uint8Array | ArrayBufferLike, what: string): Tensor {
  const bytes = bytesOf(npy);
  if (!bytes) throw typeError(what, 'a Uint8Array or an ArrayBuffer', npy);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const { header, dataOffset } = headerOf(file, what);
  const description = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  const dims = shape === undefined ? undefined : parseShape(shape);
  if (description === undefined || order === undefined || dims === undefined) {
    throw invalid(
      what,
      'a .npy header with descr, fortran_order and shape',
      JSON.stringify(header.trim().slice(0, 80)),
    );
  }
  const entry = Object.entries(DESCRIPTIONS).find(([, known]) => known === description);
  if (entry === undefined) {
    throw invalid(what, `an array of type ${Object.values(DESCRIPTIONS).join(', ')}`, description);
  }
  if (order === 'True') throw invalid(what, 'a row-major array (C order)', 'Fortran order');
  const type = entry[0] as ElementType;
  const size = sizeOf(dims);
  const received = file.length - dataOffset;
  const expected = size * allocate(type, 0).BYTES_PER_ELEMENT;
  if (received !== expected) {
    throw invalid(what, `${expected} bytes of data for shape (${dims.join(', ')})`, `${received} bytes`);
  }
  const data = allocate(type, size);
  new Uint8Array(data.buffer).set(file.subarray(dataOffset));
  return new Tensor(type, data, dims);
}

/**
 * Writes a tensor (in layout NCHW) as a .npy file of version 1.
 * @throws with code `ERR_INVALID_FORMAT` for a type that NumPy does not have
 */
export function writeNpy(tensor: Tensor): Buffer {
  const { type, data, dims } = tensor.toLayout('NCHW');
  const description = DESCRIPTIONS[type];
  if (description === undefined)
    throw invalid('the type of a .npy file', `one of ${Object.keys(DESCRIPTIONS).join(', ')}`, type);
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const dictionary = `{'descr': '${description}', 'fortran_order': False, 'shape': (${shape}), }`;
  const unpadded = MAGIC.length + 4 + dictionary.length + 1;
  const header = `${dictionary}${' '.repeat((ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT)}\n`;
  const prefix = Buffer.alloc(4);
  prefix.set([1, 0]);
  prefix.writeUInt16LE(header.length, 2);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([MAGIC, prefix, Buffer.from(header, 'latin1'), bytes]);
}
