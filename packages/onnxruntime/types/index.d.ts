import * as onnxruntime from '../dist/api.js';

export * from '../dist/api.js';
export default onnxruntime;
