export { float, int, ints, string } from './graph/attributes.ts';
export { sameDims, stridesOf } from './graph/dims.ts';
export { byteSize, computeType, dataTypeCode, quantizedRanges, storedType } from './graph/element-types.ts';
export {
  type AttributeValue,
  type Body,
  type Constant,
  constantFrom,
  declaredOutputs,
  everyNode,
  type Form,
  freshNames,
  type Graph,
  type GraphNode,
  type GraphOutput,
  type GraphValue,
  MAX_OPSET,
  OWN_DOMAIN,
  producers,
  type QuantizedConstant,
  readers,
  reads,
  type Subgraph,
  subgraphs,
  type ValueType,
} from './graph/graph.ts';
export { narrowed, widened } from './graph/half-precision.ts';
export { defaultLimits, type Limits, resolveLimits } from './graph/limits.ts';
export { missingError, modelError } from './graph/model-error.ts';
export type {
  Fold,
  LayerClass,
  LayerClasses,
  LayerDescription,
  ModelFormat,
  ReadOptions,
} from './graph/model-format.ts';
export { atNode, nodeError } from './graph/node-error.ts';
export { type InputValue, isUnknownOperand, NodeView } from './graph/node-view.ts';
export { bytesTensor, checkBytes, PART_BYTES, partOf, partsTensor, strings } from './graph/strings.ts';
export { nodeView, type TypedGraph } from './graph/typed-graph.ts';
export { buildGraph } from './protobuf/build-graph.ts';
export { decode } from './protobuf/decode.ts';
export { encode, type Message } from './protobuf/encode.ts';
export { onnx } from './protobuf/parse.ts';
export {
  type Field,
  type MessageName,
  type NodeProto,
  schema,
  type TensorProto,
  type ValueInfoProto,
} from './protobuf/schema.ts';
export { constantOf, storedTensor } from './protobuf/tensor.ts';
export {
  type AttributeInput,
  type GraphParts,
  graphProto,
  type ModelParts,
  modelProto,
  node,
  onnxModel,
  tensorProto,
  valueInfo,
} from './protobuf/write-model.ts';
export { joined } from './reading/bytes.ts';
export { type ExternalDataFile, ModelFiles } from './reading/files.ts';
export { foreignFile } from './reading/foreign-file.ts';
export { type FileSource, type LoadProgress, modelBytes, plainBytes } from './reading/source.ts';
