export { code, worded } from '../../../onnx/test/support/refusal.ts';
