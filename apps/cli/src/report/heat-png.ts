/**
 * Dark blue to yellow by way of green: each step is as much brighter as the last, in print and for the colour-blind.
 */
const COLOURS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

/** A PNG of shares from 0 to 1. */
export async function heatPng(shares: Float32Array, height: number, width: number): Promise<Buffer> {
  const pixels = new Uint8Array(3 * shares.length);
  for (const [i, share] of shares.entries()) {
    const at = share * (COLOURS.length - 1);
    const low = Math.min(COLOURS.length - 2, Math.floor(at));
    for (let channel = 0; channel < 3; channel++) {
      const [from, to] = [COLOURS[low]![channel]!, COLOURS[low + 1]![channel]!];
      pixels[3 * i + channel] = Math.round(from + (to - from) * (at - low));
    }
  }
  const { default: sharp } = await import('sharp');
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
