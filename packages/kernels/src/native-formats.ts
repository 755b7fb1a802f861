import {
  checkEncodeInput,
  type FormatArray,
  format,
  formats,
  type Geometry,
  type MapShape,
  type Parameters,
  type SparseFormat,
} from '@zeroskip/formats';
import type { NativeMapGeometry } from './addon.ts';
import { nativeConvSpec } from './convolution.ts';
import { loadAddon } from './load-addon.ts';

/** Another thread may write to shared memory between the checks and the native code: that gets a copy. */
function unshared<T extends FormatArray>(array: T): T {
  const isShared = ArrayBuffer.isView(array) && array.buffer instanceof SharedArrayBuffer;
  return isShared ? (array.slice() as T) : array;
}

function nativeGeometry(
  { parameters: declared }: SparseFormat,
  { channels, height, width }: MapShape,
  geometry: Geometry,
  parameters: Parameters,
): NativeMapGeometry {
  return {
    spec: nativeConvSpec({ ...geometry, inChannels: channels, outChannels: 1, group: 1 }),
    height,
    width,
    parameters: declared.map(({ name }) => parameters[name]!),
  };
}

function nativeRow(row: SparseFormat): SparseFormat {
  return {
    ...row,
    encode(map, geometry, given) {
      const input = checkEncodeInput(row, map, geometry, given);
      const { channels, height, width, data } = input.map;
      const shape = { channels, height, width };
      const arrays = loadAddon().encodeMap(
        row.id,
        nativeGeometry(row, shape, input.geometry, input.parameters),
        unshared(data),
      );
      return { format: row.id, shape, geometry: input.geometry, parameters: input.parameters, arrays };
    },
    decode(encoded) {
      const arrays = Object.fromEntries(
        Object.entries(encoded.arrays).map(([name, array]) => [name, unshared(array)]),
      );
      row.validate({ ...encoded, arrays });
      const { channels, height, width } = encoded.shape;
      const data = loadAddon().decodeMap(
        row.id,
        nativeGeometry(row, encoded.shape, encoded.geometry, encoded.parameters),
        row.arrayNames.map((name) => arrays[name]!),
      );
      return { channels, height, width, data };
    },
  };
}

/**
 * The formats of `@zeroskip/formats` with native `encode` and `decode`: the same arrays, bit by bit, and the same
 * errors.
 */
export const nativeFormats: readonly SparseFormat[] = formats.map(nativeRow);

/** @throws `ZeroskipRangeError` that lists the valid ids. */
export function nativeFormat(id: string): SparseFormat {
  return nativeFormats[formats.indexOf(format(id))]!;
}
