import { Tensor } from '@zeroskip/tensor';
import type { FloatNetwork, Layer } from './network.ts';

/** Blocks of each stage, and the channels inside them; four times as many leave them. */
const stages = [
  { blocks: 3, channels: 64 },
  { blocks: 4, channels: 128 },
  { blocks: 6, channels: 256 },
  { blocks: 3, channels: 512 },
] as const;
const EXPANSION = 4;

/** Numbers from -1 to 1, the same ones every time. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** A network of the shape of ResNet-50 (He et al. 2015), normalizations folded, whose weights are random. */
export function resnet50(): FloatNetwork {
  const layers: Layer[] = [];
  const constants = new Map<string, Tensor>();
  const random = sequence(50);
  const add = (
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Layer['attributes'] = {},
  ): string => {
    layers.push({ opType, inputs, output, attributes });
    return output;
  };
  /** @param gain of the variance: that of a block's last convolution keeps sums of blocks from growing */
  const conv = (
    x: string,
    name: string,
    [from, to]: readonly [number, number],
    kernel: number,
    stride: number,
    gain: number,
  ) => {
    const fan = from * kernel * kernel;
    const bound = Math.sqrt((3 * gain) / fan);
    const weights = Float32Array.from({ length: to * fan }, () => bound * random());
    constants.set(`${name}.w`, new Tensor('float32', weights, [to, from, kernel, kernel]));
    const bias = Float32Array.from({ length: to }, () => 0.1 * random());
    constants.set(`${name}.b`, new Tensor('float32', bias, [to]));
    const pad = Math.floor(kernel / 2);
    return add('Conv', [x, `${name}.w`, `${name}.b`], name, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    });
  };
  const relu = (x: string) => add('Relu', [x], `${x}.relu`);

  let map = relu(conv('image', 'conv1', [3, 64], 7, 2, 2));
  map = add('MaxPool', [map], 'pool1', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  let channels = 64;
  for (const [s, stage] of stages.entries()) {
    for (let block = 0; block < stage.blocks; block++) {
      const name = `conv${s + 2}_${block + 1}`;
      const stride = s > 0 && block === 0 ? 2 : 1;
      const { channels: inner } = stage;
      const out = inner * EXPANSION;
      let inside = relu(conv(map, `${name}_a`, [channels, inner], 1, 1, 2));
      inside = relu(conv(inside, `${name}_b`, [inner, inner], 3, stride, 2));
      inside = conv(inside, `${name}_c`, [inner, out], 1, 1, 0.5);
      const shortcut = block === 0 ? conv(map, `${name}_shortcut`, [channels, out], 1, stride, 1) : map;
      map = relu(add('Add', [inside, shortcut], `${name}_sum`));
      channels = out;
    }
  }
  map = add('GlobalAveragePool', [map], 'pooled');
  map = add('Flatten', [map], 'features');
  const weights = Float32Array.from({ length: 1000 * channels }, () => 0.05 * random());
  constants.set('fc.w', new Tensor('float32', weights, [1000, channels]));
  constants.set('fc.b', new Tensor('float32', new Float32Array(1000), [1000]));
  const output = add('Gemm', [map, 'fc.w', 'fc.b'], 'scores', { transB: 1 });
  return { layers, constants, input: 'image', inputDims: [1, 3, 224, 224], output };
}
