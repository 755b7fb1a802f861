import type { ModelFormat } from '../model/model-format.ts';
import { parseTensorFlowJs } from './load.ts';

/** Of an object or a list. */
const OPENING_BRACES: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b]);
const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** TensorFlow.js models; in a page, what reads them is loaded with the first one. */
export const tensorFlowJs: ModelFormat = {
  /** Whether it is JSON; no ONNX model begins so. */
  accepts: (bytes) => OPENING_BRACES.has(bytes.find((byte) => !isBlank(byte))),
  parse: parseTensorFlowJs,
};
