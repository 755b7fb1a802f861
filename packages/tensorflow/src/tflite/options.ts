import { type Fields, flag, float32, int8, int32, int32s } from './flatbuffer.ts';

/** The options of an operator: their number in the union BuiltinOptions of the schema, and their fields. */
export interface Options<F extends Fields> {
  readonly union: number;
  readonly fields: F;
}

const options = <F extends Fields>(union: number, fields: F): Options<F> => ({ union, fields });

const activation = (slot: number) => ({ activation: int8(slot) });

/** Options that say nothing but which activation follows. */
export type Activated = Options<ReturnType<typeof activation>>;

const window = { padding: int8(0), strideW: int32(1), strideH: int32(2) };

export const conv2D = options(1, {
  ...window,
  ...activation(3),
  dilationW: int32(4, 1),
  dilationH: int32(5, 1),
});
export const depthwiseConv2D = options(2, {
  ...window,
  ...activation(4),
  dilationW: int32(5, 1),
  dilationH: int32(6, 1),
});
export const pool2D = options(5, {
  ...window,
  filterW: int32(3),
  filterH: int32(4),
  ...activation(5),
});
export const fullyConnected = options(8, { ...activation(0), weightsFormat: int8(1), keepNumDims: flag(2) });
export const softmax = options(9, { beta: float32(0) });
export const concatenation = options(10, { axis: int32(0), ...activation(1) });
export const add: Activated = options(11, activation(0));
export const localResponseNormalization = options(13, {
  radius: int32(0),
  bias: float32(1),
  alpha: float32(2),
  beta: float32(3),
});
export const resizeBilinear = options(15, { alignCorners: flag(2), halfPixelCenters: flag(3) });
export const reshape = options(17, { newShape: int32s(0) });
export const spaceToDepth = options(19, { blockSize: int32(0) });
export const mul: Activated = options(21, activation(0));
export const gather = options(23, { axis: int32(0), batchDims: int32(1) });
export const reducer = options(27, { keepDims: flag(0) });
export const sub: Activated = options(28, activation(0));
export const div: Activated = options(29, activation(0));
export const squeeze = options(30, { squeezeDims: int32s(0) });
export const stridedSlice = options(32, {
  beginMask: int32(0),
  endMask: int32(1),
  ellipsisMask: int32(2),
  newAxisMask: int32(3),
  shrinkAxisMask: int32(4),
  offset: flag(5),
});
export const split = options(35, { numSplits: int32(0) });
export const transposeConv = options(49, { ...window, ...activation(3) });
export const pack = options(59, { axis: int32(1) });
export const oneHot = options(61, { axis: int32(0) });
export const unpack = options(64, { num: int32(0), axis: int32(1) });
export const sequenceLstm = options(71, {
  ...activation(0),
  cellClip: float32(1),
  projClip: float32(2),
  timeMajor: flag(3),
});
export const resizeNearestNeighbor = options(74, { alignCorners: flag(0), halfPixelCenters: flag(1) });
export const leakyRelu = options(75, { alpha: float32(0) });
export const mirrorPad = options(77, { mode: int8(0) });
export const reverseSequence = options(87, { seqDim: int32(0), batchDim: int32(1) });
export const ifBranches = options(92, { thenSubgraph: int32(0), elseSubgraph: int32(1) });
export const whileLoop = options(93, { condSubgraph: int32(0), bodySubgraph: int32(1) });
export const depthToSpace = options(94, { blockSize: int32(0) });
export const batchMatMul = options(101, { adjX: flag(0), adjY: flag(1) });
export const cumsum = options(102, { exclusive: flag(0), reverse: flag(1) });
export const conv3D = options(106, {
  padding: int8(0),
  strideD: int32(1),
  strideW: int32(2),
  strideH: int32(3),
  ...activation(4),
  dilationD: int32(5, 1),
  dilationW: int32(6, 1),
  dilationH: int32(7, 1),
});
export const gelu = options(116, { approximate: flag(0) });
