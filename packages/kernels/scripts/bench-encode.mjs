// Times the native encoders on one map, interleaved, each after its result was compared with the TypeScript one.
import { formats, toBytes } from '@zeroskip/formats';
import { Convolution, denseView, nativeFormats, Program, targets } from '@zeroskip/kernels';
import { convSpec } from '@zeroskip/tensor';

const [channels, height, width, density] = [256, 128, 128, 0.37];
const geometry = { kernel: [3, 3], pads: [1, 1, 1, 1] };
const rounds = 15;

let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const data = Float32Array.from({ length: channels * height * width }, () =>
  random() < density ? random() + 0.1 : 0,
);
const map = { channels, height, width, data };

/** The lowering alone of the im2col kernel, into panels that stay in the cache: faster than making the matrix. */
async function loweringMs() {
  const spec = convSpec({ ...geometry, inChannels: channels, outChannels: 16 });
  const weights = new Float32Array(16 * channels * 9).fill(0.01);
  const convolution = new Convolution(spec, weights, undefined, { algorithm: 'im2col' });
  const input = denseView(0, 1, height, width, channels);
  const output = denseView(data.length, 1, height, width, 16);
  const program = new Program([{ op: 'conv', convolution, input, output }]);
  const run = program.createRun();
  run.write(0, data);
  const [times] = await run.timeConvolutions(0, [convolution], { rounds: 3, threads: 1 });
  for (const object of [run, program, convolution]) object.release();
  return Math.min(...times.encodeMs);
}

for (const [i, { id, encode }] of nativeFormats.entries()) {
  if (id === 'im2col') continue;
  const same = Buffer.compare(toBytes(encode(map, geometry)), toBytes(formats[i].encode(map, geometry)));
  if (same !== 0) throw new Error(`native ${id} differs from the TypeScript encoder`);
}
const times = new Map([...nativeFormats.map(({ id }) => [id, []]), ['im2col in panels', []]]);
for (let round = 0; round < rounds; round++) {
  for (const { id, encode } of nativeFormats) {
    const start = performance.now();
    encode(map, geometry);
    times.get(id).push(performance.now() - start);
  }
  times.get('im2col in panels').push(await loweringMs());
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const target = targets().find(({ selected }) => selected).name;
console.log(`Encoding ${channels} x ${height} x ${width}, density ${density}, for a 3 x 3 kernel (pad 1)`);
console.log(`one thread, ${target}, ${rounds} rounds; ms\n`);
console.log(`${'format'.padEnd(18)}   median      min      max   of im2col   of im2col in panels`);
const ratio = (values, other) => (median(values) / median(times.get(other))).toFixed(3);
for (const [id, values] of times) {
  const columns = [median(values), Math.min(...values), Math.max(...values)];
  console.log(
    id.padEnd(18),
    columns.map((value) => value.toFixed(2).padStart(8)).join(' '),
    ratio(values, 'im2col').padStart(11),
    ratio(values, 'im2col in panels').padStart(21),
  );
}
