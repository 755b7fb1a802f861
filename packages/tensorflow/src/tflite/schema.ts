import { type Limits, modelError } from '@zeroskip/onnx';
import {
  bytes,
  FlatFile,
  flag,
  float32s,
  int8,
  int32,
  int32s,
  int64s,
  place,
  readRoot,
  type TableOf,
  table,
  tables,
  text,
  uint8,
  uint32,
  uint64,
} from './flatbuffer.ts';

// Of tensorflow/compiler/mlir/lite/schema/schema.fbs: the tables of a model, and the fields that are read here.

const quantizationParameters = {
  scale: float32s(2),
  zeroPoint: int64s(3),
  detailsType: uint8(4),
  quantizedDimension: int32(6),
};

const tensor = {
  shape: int32s(0),
  type: int8(1),
  buffer: uint32(2),
  name: text(3),
  quantization: table(4, quantizationParameters),
  isVariable: flag(5),
  sparsity: place(6),
  shapeSignature: int32s(7),
};

const operatorCode = {
  deprecatedBuiltinCode: int8(0),
  customCode: text(1),
  builtinCode: int32(3),
};

const operator = {
  opcodeIndex: uint32(0),
  inputs: int32s(1),
  outputs: int32s(2),
  builtinOptionsType: uint8(3),
  builtinOptions: place(4),
  customOptions: bytes(5),
};

const subgraph = {
  tensors: tables(0, tensor),
  inputs: int32s(1),
  outputs: int32s(2),
  operators: tables(3, operator),
  name: text(4),
};

const buffer = { data: bytes(0), offset: uint64(1), size: uint64(2) };

const tensorMap = { name: text(0), tensorIndex: uint32(1) };

const signatureDef = {
  inputs: tables(0, tensorMap),
  outputs: tables(1, tensorMap),
  signatureKey: text(2),
  subgraphIndex: uint32(4),
};

const model = {
  version: uint32(0),
  operatorCodes: tables(1, operatorCode),
  subgraphs: tables(2, subgraph),
  buffers: tables(4, buffer),
  signatureDefs: tables(7, signatureDef),
};

export type TensorEntry = TableOf<typeof tensor>;
export type OperatorEntry = TableOf<typeof operator>;
type SubgraphEntry = TableOf<typeof subgraph>;
export type SignatureEntry = TableOf<typeof signatureDef>;

export interface LiteModel extends TableOf<typeof model> {
  readonly file: FlatFile;
}

const VERSION = 3;

function checkCount(what: string, count: number, most: number): void {
  if (count > most) throw modelError(`number of ${what}`, `at most ${most}`, count, 'ERR_LIMIT_EXCEEDED');
}

/** @throws `ZeroskipError` with code `ERR_INVALID_MODEL` or `ERR_LIMIT_EXCEEDED` that names the field */
export function readModel(given: Uint8Array, { maxNodes, maxTensors }: Limits): LiteModel {
  const file = new FlatFile(given);
  const read = readRoot(file, model, 'the model');
  if (read.version !== VERSION) throw modelError('version of the schema', String(VERSION), read.version);
  if (read.subgraphs.length === 0) throw modelError('subgraphs of the model', 'at least one', 'none');
  const count = (of: (each: SubgraphEntry) => number) =>
    read.subgraphs.reduce((sum, each) => sum + of(each), 0);
  checkCount(
    'nodes',
    count(({ operators }) => operators.length),
    maxNodes,
  );
  checkCount('constant tensors', read.buffers.length, maxTensors);
  return { ...read, file };
}

/** Values from here are places: smaller ones mean that there is none. */
const FIRST_OFFSET = 2;

/**
 * The bytes of a buffer, which lie in its table or, in a large model, behind all tables; undefined where it is empty.
 */
export function bufferBytes(
  { buffers, file }: LiteModel,
  index: number,
  what: string,
): Uint8Array | undefined {
  const entry = buffers[index];
  if (entry === undefined) throw modelError(`buffer of ${what}`, `below ${buffers.length}`, index);
  const { data, offset, size } = entry;
  const own = offset < FIRST_OFFSET ? data : file.part(offset, size, `the buffer of ${what}`);
  return own?.length ? own : undefined;
}
