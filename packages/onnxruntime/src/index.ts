import * as onnxruntime from './api/index.ts';

export * from './api/index.ts';
export default onnxruntime;
