import { outputSize, Tensor, weightCount } from '@zeroskip/tensor';
import { randomMap, randomWeights } from '../input/random.ts';
import { onnxModel } from '../onnx/model.ts';
import type { ShapeLayer } from './shape-file.ts';

/** A network of one convolution and a ReLU, with random weights and bias. */
export function shapeNetwork({ name, spec, input: [height, width] }: ShapeLayer): Uint8Array {
  const { inChannels, outChannels, group, kernel, strides, pads } = spec;
  const [outHeight, outWidth] = outputSize(spec, [height, width]);
  const length = weightCount(spec);
  return onnxModel({
    inputs: { x: [1, inChannels, height, width] },
    outputs: { y: [1, outChannels, outHeight, outWidth] },
    weights: {
      w: {
        dims: [outChannels, inChannels / group, ...kernel],
        values: randomWeights(length, length / outChannels, 1),
      },
      b: { dims: [outChannels], values: randomWeights(outChannels, 1, 2) },
    },
    nodes: [
      {
        op: 'Conv',
        name,
        inputs: ['x', 'w', 'b'],
        outputs: ['c'],
        attributes: { kernel_shape: kernel, strides, pads, group },
      },
      { op: 'Relu', name: `${name}/relu`, inputs: ['c'], outputs: ['y'] },
    ],
  });
}

/** An input for it, with zeros anywhere. */
export function shapeInput({ spec, input: [height, width] }: ShapeLayer, density: number): Tensor {
  const dims = [1, spec.inChannels, height, width];
  return new Tensor('float32', randomMap(spec.inChannels * height * width, density, 3), dims);
}
