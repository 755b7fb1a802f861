export { deregisterOp, registerOp, version_converter } from './converter.ts';
export {
  loadGraphModel,
  loadGraphModelSync,
  loadLayersModel,
  prepareAddon,
  type WasmSource,
} from './load.ts';
export type { ModelArtifacts } from './loading/artifacts.ts';
export type { LoadOptions } from './loading/load-options.ts';
export type { ModelUrl } from './loading/source.ts';
export type { Signature } from './models/graph-interface.ts';
export { GraphModel } from './models/graph-model.ts';
export type { Layer } from './models/layer.ts';
export { LayersModel } from './models/layers-model.ts';
export type { SymbolicTensor, TensorInfo } from './models/model-tensor.ts';
export { type SavableModel, takeOver } from './take-over.ts';
export { type AnyTensor, type Inputs, Tensor, type TensorMaker } from './tensors/types.ts';
