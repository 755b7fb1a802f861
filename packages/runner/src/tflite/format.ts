import type { ModelFormat } from '../model/model-format.ts';

const IDENTIFIER = 'TFL3';
const IDENTIFIER_AT = 4;

/** TensorFlow Lite models; what reads them is loaded with the first one. */
export const tensorFlowLite: ModelFormat = {
  accepts: (bytes) =>
    String.fromCharCode(...bytes.subarray(IDENTIFIER_AT, IDENTIFIER_AT + IDENTIFIER.length)) === IDENTIFIER,
  async parse(bytes, limits, _files, options = {}) {
    const { parseTensorFlowLite } = await import('./parse.ts');
    return parseTensorFlowLite(bytes, limits, options);
  },
};
