export { type BatchProgress, batch, type Files } from './batch/batch.ts';
export type { FileOutcome } from './batch/outcome.ts';
export { hashModel, readBytes, readIfThere, readStart, writeWhole } from './files.ts';
export { imageTensor, type PreparedImage } from './images/image.ts';
export { pngOf } from './images/pictures.ts';
export type { Placement } from './images/placement.ts';
export {
  type ChannelOrder,
  channelOrders,
  defaultPreparation,
  type Preparation,
  type Resize,
  resizes,
} from './images/preparation.ts';
export { type ImageLayout, type ImageShape, imageShape, type Size } from './images/shape.ts';
export {
  type InputDims,
  type InputShape,
  networkInput,
  type PreparedInput,
  prepareInput,
  readInput,
} from './input/network-input.ts';
export { readNpy, writeNpy } from './npy.ts';
export type { Choice, Layout } from './pipeline/choice.ts';
export type { PipelineItem, PipelineResult } from './pipeline/items.ts';
export { type Piped, Pipeline, type PipelineOptions, pipeline } from './pipeline/pipeline.ts';
export type { Failure } from './pipeline/protocol.ts';
export { type Preset, parsePreset } from './preset/preset.ts';
export { parseLabels, presetPath, type ReadPreset, readLabels, readPreset } from './preset/read.ts';
export { openInputs } from './storage/inputs.ts';
export { openStorage } from './storage/open.ts';
export { type Entry, isInputName, type Storage } from './storage/storage.ts';
export type { Box } from './tasks/box.ts';
export { finish } from './tasks/finish.ts';
export type { Score } from './tasks/scores.ts';
export {
  type Activation,
  activations,
  type BoxFormat,
  boxFormats,
  type Task,
  type TaskInput,
  type TaskName,
  type TaskResult,
  taskNames,
} from './tasks/task.ts';
