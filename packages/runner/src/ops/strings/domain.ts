/** Of operators that ONNX does not have, or has of tensors of another form. */
export const domain = 'zeroskip';
