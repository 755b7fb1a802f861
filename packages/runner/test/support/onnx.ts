export * from '../../../onnx/test/support/models.ts';
