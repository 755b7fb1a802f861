import type { LayerClass, LayerClasses } from '@zeroskip/onnx';

const pixelShuffle =
  (scale: number): LayerClass =>
  () => [{ class_name: 'DepthToSpace', config: { block_size: scale } }];

/** Classes that packages bring with their models: those of UpscalerJS. */
export const shipped: LayerClasses = {
  MultiplyBeta: () => [{ class_name: 'Rescaling', config: { scale: 0.2 } }],
  PixelShuffle2x: pixelShuffle(2),
  PixelShuffle3x: pixelShuffle(3),
  PixelShuffle4x: pixelShuffle(4),
  PixelShuffle8x: pixelShuffle(8),
};
