import { Convolution, convolve } from '@zeroskip/kernels';
import { convSpec, Tensor } from '@zeroskip/tensor';

const spec = convSpec({ inChannels: 8, outChannels: 8, kernel: [3, 3], pads: [1, 1, 1, 1] });
const weights = Float32Array.from({ length: 8 * 8 * 3 * 3 }, (_, i) => Math.sin(i));
const pixels = Float32Array.from({ length: 8 * 16 * 16 }, (_, i) => Math.max(0, Math.cos(i)));
const input = new Tensor('float32', pixels, [1, 8, 16, 16]);

const outputs = [];
for (const algorithm of ['cps', 'im2col']) {
  const convolution = new Convolution(spec, weights, undefined, { algorithm });
  outputs.push(await convolve(input, convolution));
  convolution.release();
}
const [sparse, dense] = outputs as [Tensor, Tensor];
const differences = Array.from(sparse.data as Float32Array, (value, i) =>
  Math.abs(value - Number(dense.data[i])),
);
console.log('output:', sparse.dims.join(' × '));
console.log('cps and im2col agree:', Math.max(...differences) < 1e-4);
