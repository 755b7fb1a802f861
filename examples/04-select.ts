import { algorithms, Convolution, convolve, refusal } from '@zeroskip/kernels';
import { select } from '@zeroskip/selector';
import { convSpec, Tensor } from '@zeroskip/tensor';

const spec = convSpec({ inChannels: 32, outChannels: 32, kernel: [3, 3], pads: [1, 1, 1, 1] });
const weights = Float32Array.from({ length: 32 * 32 * 3 * 3 }, (_, i) => Math.sin(i));
const size = [28, 28] as const;
const pixels = Float32Array.from({ length: 32 * 28 * 28 }, (_, i) => ((i * i) % 97 < 20 ? 1 : 0));
const input = new Tensor('float32', pixels, [1, 32, ...size]);

async function milliseconds(algorithm: string): Promise<number> {
  const convolution = new Convolution(spec, weights, undefined, { algorithm });
  const start = performance.now();
  await convolve(input, convolution, { threads: 1 });
  const ms = performance.now() - start;
  convolution.release();
  return ms;
}

const ids = algorithms()
  .map(({ id }) => id)
  .filter((id) => id !== 'reference' && refusal(id, spec, size, weights) === undefined);
const plan = await select({
  inputs: [
    {
      id: 'a map',
      profile: async () => [{ name: 'layer', ms: 1, density: 20 / 97 }],
      visit: (visit) =>
        visit({
          name: 'layer',
          spec,
          inputDims: [1, 32, ...size],
          readInput: () => pixels,
          candidates: () => ids.map((id) => ({ id })),
          time: async (configs, { rounds }) => {
            const timings = configs.map(() => ({ ms: [] as number[], workspaceBytes: 0, packedBytes: 0 }));
            for (let round = 0; round < rounds; round++) {
              for (const [i, { algorithm }] of configs.entries())
                timings[i]!.ms.push(await milliseconds(algorithm));
            }
            return timings;
          },
        }),
    },
  ],
  algorithms: algorithms(),
  model: { sha256: '0'.repeat(64) },
  machine: { cpu: 'this one', target: 'any', threads: 1, node: process.versions.node },
  library: '0.0.0',
});
const { algorithm, times } = plan.layers[0]!;
console.log('chosen:', algorithm);
for (const { algorithm: id, median } of times) console.log(`${id}: ${median.toFixed(2)} ms`);
