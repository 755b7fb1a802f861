import * as onnxruntime from '../dist/api.cjs';

export * from '../dist/api.cjs';
export default onnxruntime;
