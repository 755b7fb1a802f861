import { assertInteger, isTypedArray, outputSize, type Pair, rangeError, typeError } from '@zeroskip/tensor';
import { loadAddon } from '../load-addon.ts';
import type { PaperSamples } from './native-patterns.ts';

/** One channel and one filter, stride 1, no padding: what the paper's authors time. */
export interface PaperLayer {
  /** Height and width. */
  readonly input: Pair;
  readonly kernel: Pair;
  /** Row-major, as is `filter`. */
  readonly map: Float32Array;
  readonly filter: Float32Array;
}

function assertFloats(what: string, values: Float32Array, [height, width]: Pair): void {
  if (!isTypedArray(values, 'Float32Array')) throw typeError(what, 'a Float32Array', values);
  if (values.length !== height * width) {
    throw rangeError(what, `${height} × ${width} values`, values.length, 'ERR_INVALID_SHAPE');
  }
}

/**
 * Times the methods of arXiv 2104.08314 on one thread, in turn, `rounds` times each: `im2col` and `mec` (matrices
 * stored by columns and lowered element by element, as the authors' code does), the same lowered by whole rows
 * (`im2col-rows`, `mec-rows`), `csr` (CSCC), `cpo` and `cps-column`. Tables that depend on the sizes alone are made
 * before.
 */
export async function timePaperMethods(
  { input, kernel, map, filter }: PaperLayer,
  { rounds }: { readonly rounds: number },
): Promise<PaperSamples[]> {
  for (const [what, pair] of Object.entries({ input, kernel })) {
    for (const extent of pair) assertInteger(`${what} extent`, extent, 1, 2 ** 15);
  }
  outputSize({ kernel, strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] }, input);
  assertFloats('map', map, input);
  assertFloats('filter', filter, kernel);
  assertInteger('rounds', rounds, 1, 1_000_000);
  return await loadAddon().timePaperMethods(map, ...input, filter, ...kernel, rounds);
}
