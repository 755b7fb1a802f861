/** Where the zeros of an activation map are: the share of channels that are zero, as a byte per place. */
export interface ZeroMap {
  readonly height: number;
  readonly width: number;
  readonly shares: Uint8Array;
}

/** Larger maps are averaged over squares. */
const LARGEST = 128;

/** @param data in N, C, H, W order */
export function zeroMap(data: Float32Array, dims: readonly [number, number, number, number]): ZeroMap {
  const [, , rows, columns] = dims;
  const step = Math.ceil(Math.max(rows, columns) / LARGEST);
  const [height, width] = [Math.ceil(rows / step), Math.ceil(columns / step)];
  const zeros = new Uint32Array(height * width);
  const values = new Uint32Array(height * width);
  for (let at = 0; at < data.length; ) {
    for (let y = 0; y < rows; y++) {
      const first = Math.floor(y / step) * width;
      for (let x = 0; x < columns; x++, at++) {
        const place = first + Math.floor(x / step);
        values[place]!++;
        if (data[at] === 0) zeros[place]!++;
      }
    }
  }
  const shares = Uint8Array.from(zeros, (count, place) => Math.round((count / values[place]!) * 255));
  return { height, width, shares };
}
