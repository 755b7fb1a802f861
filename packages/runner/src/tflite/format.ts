import type { ModelFormat } from '../model/model-format.ts';
import { parseTensorFlowLite } from './load.ts';

const IDENTIFIER = 'TFL3';
const IDENTIFIER_AT = 4;

/** TensorFlow Lite models; in a page, what reads them is loaded with the first one. */
export const tensorFlowLite: ModelFormat = {
  accepts: (bytes) =>
    String.fromCharCode(...bytes.subarray(IDENTIFIER_AT, IDENTIFIER_AT + IDENTIFIER.length)) === IDENTIFIER,
  parse: parseTensorFlowLite,
};
