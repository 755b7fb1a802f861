import { sizeOf, Tensor } from '@zeroskip/tensor';

/**
 * Strings as the runner takes them: their bytes along one more axis, with zeros behind each, so that all are as long as
 * the longest.
 */
export function stringRows(strings: readonly string[], shape: readonly number[]): Tensor {
  const encoder = new TextEncoder();
  const encoded = strings.map((text) => encoder.encode(text));
  const length = encoded.reduce((most, bytes) => Math.max(most, bytes.length), 0);
  const rows = new Uint8Array(encoded.length * length);
  for (const [i, bytes] of encoded.entries()) rows.set(bytes, i * length);
  return new Tensor('uint8', rows, [...shape, length]);
}

/** The strings of such rows. */
export function stringsOf({ data, dims }: Tensor): { values: string[]; shape: number[] } {
  const shape = dims.slice(0, -1);
  const length = dims.at(-1)!;
  const decoder = new TextDecoder();
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => {
    const row = (data as Uint8Array).subarray(i * length, (i + 1) * length);
    const end = row.findLastIndex((byte) => byte !== 0) + 1;
    return decoder.decode(row.subarray(0, end));
  });
  return { values, shape };
}
