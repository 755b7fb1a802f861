export { parseTensorFlowJs } from './tfjs/parse.ts';
export { parseTensorFlowLite } from './tflite/parse.ts';
