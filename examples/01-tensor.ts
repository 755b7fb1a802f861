import { autoPads, convSpec, outputSize, Tensor } from '@zeroskip/tensor';

const image = new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [1, 2, 2, 2]);
console.log('channels first:', image.data.join(' '));
console.log('channels last: ', image.toLayout('NHWC').data.join(' '));

const pads = autoPads('SAME_UPPER', [224, 224], [3, 3], [2, 2], [1, 1]);
const spec = convSpec({ inChannels: 3, outChannels: 32, kernel: [3, 3], strides: [2, 2], pads });
console.log('a 224 × 224 image becomes', outputSize(spec, [224, 224]).join(' × '));
