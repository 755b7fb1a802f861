const HEADER = 54;

/** A BMP file of a square with a gradient: 24 bits per pixel, rows from the bottom. */
export function photo(side: number): Buffer {
  const row = Math.ceil((side * 3) / 4) * 4;
  const file = Buffer.alloc(HEADER + row * side);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(HEADER, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(side, 18);
  file.writeInt32LE(side, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) file.set(pixel(x, y).toReversed(), HEADER + (side - 1 - y) * row + x * 3);
  return file;
}

/** Red, green and blue. */
const pixel = (x: number, y: number) => [(x * 7) % 256, (y * 5) % 256, (x * y) % 256];

/** The pixels of `photo`, as a page has them. */
export function rgbaOf(side: number): Uint8ClampedArray {
  const places = Array.from({ length: side * side }, (_, i) => [i % side, Math.floor(i / side)] as const);
  return Uint8ClampedArray.from(places.flatMap(([x, y]) => [...pixel(x, y), 255]));
}
