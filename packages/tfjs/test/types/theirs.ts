export { GraphModel, loadGraphModel, version_converter } from '@tensorflow/tfjs-converter';
export { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
