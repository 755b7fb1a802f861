import type { ModelFormat } from '../model/model-format.ts';

/** Of an object or a list. */
const OPENING_BRACES: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b]);
const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** TensorFlow.js models; what reads them is loaded with the first one. */
export const tensorFlowJs: ModelFormat = {
  /** Whether it is JSON; no ONNX model begins so. */
  accepts: (bytes) => OPENING_BRACES.has(bytes.find((byte) => !isBlank(byte))),
  async parse(bytes, limits, files, options) {
    const { parseTensorFlowJs } = await import('./parse.ts');
    return parseTensorFlowJs(bytes, limits, files, options);
  },
};
