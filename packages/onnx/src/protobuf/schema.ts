/** The messages and fields of ONNX's protobuf schema that a network's execution needs; others are skipped. */

interface Scalars {
  int64: bigint;
  uint64: bigint;
  int32: number;
  float: number;
  double: number;
  bytes: Uint8Array;
  string: string;
}

/** Repeated numbers. */
interface Lists {
  int64: BigInt64Array;
  uint64: BigUint64Array;
  int32: Int32Array;
  float: Float32Array;
  double: Float64Array;
}

export type ScalarType = keyof Scalars;

const one = <N extends string, T extends string>(name: N, type: T) => ({ name, type }) as const;
const many = <N extends string, T extends string>(name: N, type: T) =>
  ({ name, type, repeated: true }) as const;

const messages = {
  ModelProto: {
    1: one('irVersion', 'int64'),
    7: one('graph', 'GraphProto'),
    8: many('opsetImport', 'OperatorSetIdProto'),
    25: many('functions', 'FunctionProto'),
  },
  GraphProto: {
    1: many('node', 'NodeProto'),
    2: one('name', 'string'),
    5: many('initializer', 'TensorProto'),
    11: many('input', 'ValueInfoProto'),
    12: many('output', 'ValueInfoProto'),
    13: many('valueInfo', 'ValueInfoProto'),
    15: many('sparseInitializer', 'bytes'),
  },
  NodeProto: {
    1: many('input', 'string'),
    2: many('output', 'string'),
    3: one('name', 'string'),
    4: one('opType', 'string'),
    5: many('attribute', 'AttributeProto'),
    7: one('domain', 'string'),
    8: one('overload', 'string'),
  },
  FunctionProto: {
    1: one('name', 'string'),
    4: many('input', 'string'),
    5: many('output', 'string'),
    6: many('attribute', 'string'),
    7: many('node', 'NodeProto'),
    9: many('opsetImport', 'OperatorSetIdProto'),
    10: one('domain', 'string'),
    11: many('attributeProto', 'AttributeProto'),
    13: one('overload', 'string'),
  },
  AttributeProto: {
    1: one('name', 'string'),
    2: one('f', 'float'),
    3: one('i', 'int64'),
    4: one('s', 'bytes'),
    5: one('t', 'TensorProto'),
    6: one('g', 'GraphProto'),
    7: many('floats', 'float'),
    8: many('ints', 'int64'),
    9: many('strings', 'bytes'),
    20: one('type', 'int32'),
    21: one('refAttrName', 'string'),
  },
  TensorProto: {
    1: many('dims', 'int64'),
    2: one('dataType', 'int32'),
    3: one('segment', 'bytes'),
    4: many('floatData', 'float'),
    5: many('int32Data', 'int32'),
    6: many('stringData', 'bytes'),
    7: many('int64Data', 'int64'),
    8: one('name', 'string'),
    9: one('rawData', 'bytes'),
    10: many('doubleData', 'double'),
    11: many('uint64Data', 'uint64'),
    13: many('externalData', 'StringStringEntryProto'),
    14: one('dataLocation', 'int32'),
  },
  ValueInfoProto: { 1: one('name', 'string'), 2: one('type', 'TypeProto') },
  TypeProto: {
    1: one('tensorType', 'TensorTypeProto'),
    4: one('sequenceType', 'ElementTypeProto'),
    5: one('mapType', 'bytes'),
    8: one('sparseTensorType', 'bytes'),
    9: one('optionalType', 'ElementTypeProto'),
  },
  /** ONNX's TypeProto.Sequence and TypeProto.Optional, which are alike. */
  ElementTypeProto: { 1: one('elemType', 'TypeProto') },
  TensorTypeProto: { 1: one('elemType', 'int32'), 2: one('shape', 'TensorShapeProto') },
  TensorShapeProto: { 1: many('dim', 'DimensionProto') },
  DimensionProto: { 1: one('dimValue', 'int64'), 2: one('dimParam', 'string') },
  OperatorSetIdProto: { 1: one('domain', 'string'), 2: one('version', 'int64') },
  StringStringEntryProto: { 1: one('key', 'string'), 2: one('value', 'string') },
};

/** The messages of ONNX that are read. */
export type MessageName = keyof typeof messages;

/** A field of a message. */
export interface Field {
  readonly name: string;
  readonly type: ScalarType | MessageName;
  readonly repeated?: true;
}

/** Fields by number. */
export const schema: { readonly [M in MessageName]: Readonly<Record<number, Field>> } = messages;

type FieldOf<M extends MessageName> = Extract<(typeof messages)[M][keyof (typeof messages)[M]], Field>;
type Repeated = { readonly repeated: true };
type One<T> = T extends ScalarType ? Scalars[T] : T extends MessageName ? Message<T> : never;
type Many<T> = T extends keyof Lists ? Lists[T] : One<T>[];

/** A decoded message: repeated fields are always there, others where the file has them. */
export type Message<M extends MessageName> = {
  [F in Extract<FieldOf<M>, Repeated> as F['name']]: Many<F['type']>;
} & {
  [F in Exclude<FieldOf<M>, Repeated> as F['name']]?: One<F['type']>;
};

export type AttributeProto = Message<'AttributeProto'>;
export type FunctionProto = Message<'FunctionProto'>;
export type GraphProto = Message<'GraphProto'>;
export type ModelProto = Message<'ModelProto'>;
export type NodeProto = Message<'NodeProto'>;
export type OperatorSetIdProto = Message<'OperatorSetIdProto'>;
export type TensorProto = Message<'TensorProto'>;
export type TypeProto = Message<'TypeProto'>;
export type ValueInfoProto = Message<'ValueInfoProto'>;
