import { cps, density, measureSizes } from '@zeroskip/formats';

const [channels, height, width] = [64, 56, 56];
const data = Float32Array.from({ length: channels * height * width }, (_, i) =>
  (i * i) % 1009 < 250 ? 1 : 0,
);
const map = { channels, height, width, data };
const geometry = { kernel: [3, 3], pads: [1, 1, 1, 1] } as const;

console.log(`${Math.round(100 * density(data))} % of the map is not zero`);
const encoded = cps.encode(map, geometry);
const isLossless = cps.decode(encoded).data.every((value, i) => value === data[i]);
console.log(`cps: ${cps.byteLength(encoded)} bytes, ${isLossless ? 'lossless' : 'not lossless'}`);
for (const [format, bytes] of Object.entries(measureSizes(map, geometry)))
  console.log(`${format}: ${bytes} bytes`);
