import { ZeroskipError } from '@zeroskip/tensor';

interface Kind {
  /** What the file is, and what to do about it. */
  readonly is: string;
  readonly next: string;
  /** Text at the start, after white space, in any case; or bytes at an offset. */
  readonly starts?: readonly string[];
  readonly magic?: { readonly at: number; readonly text: string };
}

const kinds: readonly Kind[] = [
  {
    is: 'a Git LFS pointer, not the file that it stands for',
    next: 'Run "git lfs pull" where it comes from, or download the file itself',
    starts: ['version https://git-lfs.github.com/'],
  },
  {
    is: 'an HTML page',
    next: 'The download gave a page instead of the model: look at its address, and whether it asks you to log in',
    starts: ['<!doctype html', '<html', '<head', '<?xml'],
  },
  {
    is: 'a Keras or HDF5 file',
    next: 'Convert it with tensorflowjs_converter, or to ONNX with tf2onnx',
    magic: { at: 0, text: '\x89HDF\r\n' },
  },
  {
    is: 'a ZIP archive, as PyTorch and Keras 3 write them',
    next: 'Export the network with torch.onnx.export or model.export, or unpack the archive',
    magic: { at: 0, text: 'PK\x03\x04' },
  },
  { is: 'a gzip archive', next: 'Unpack it', magic: { at: 0, text: '\x1f\x8b\x08' } },
  { is: 'a GGUF file', next: 'Export the network to ONNX', magic: { at: 0, text: 'GGUF' } },
];

const HEAD_BYTES = 256;

/** The error about a file that is known to be no model; undefined for one that may be. */
export function foreignFile(bytes: Uint8Array): ZeroskipError | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, HEAD_BYTES));
  const text = head
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  const kind = kinds.find(({ starts, magic }) =>
    magic ? head.startsWith(magic.text, magic.at) : starts?.some((start) => text.startsWith(start)),
  );
  if (!kind) return undefined;
  const expected = 'an ONNX model, a TensorFlow Lite one, or the model.json of a TensorFlow.js one';
  return new ZeroskipError(`Expected ${expected}, received ${kind.is}. ${kind.next}.`, {
    code: 'ERR_INVALID_MODEL',
    expected,
    received: kind.is,
  });
}
