/** The messages and fields of ONNX's protobuf schema that a network's execution needs; others are skipped. */

export type ScalarType = 'int64' | 'uint64' | 'int32' | 'float' | 'double' | 'bytes' | 'string';

export interface Field {
  readonly name: string;
  readonly type: ScalarType | MessageName;
  readonly repeated?: true;
}

export interface OperatorSetIdProto {
  domain?: string;
  version?: bigint;
}

interface StringStringEntryProto {
  key?: string;
  value?: string;
}

export interface TensorProto {
  dims: BigInt64Array;
  dataType?: number;
  segment?: Uint8Array;
  floatData: Float32Array;
  int32Data: Int32Array;
  stringData: Uint8Array[];
  int64Data: BigInt64Array;
  name?: string;
  rawData?: Uint8Array;
  doubleData: Float64Array;
  uint64Data: BigUint64Array;
  externalData: StringStringEntryProto[];
  dataLocation?: number;
}

interface DimensionProto {
  dimValue?: bigint;
  dimParam?: string;
}

interface TensorShapeProto {
  dim: DimensionProto[];
}

interface TensorTypeProto {
  elemType?: number;
  shape?: TensorShapeProto;
}

export interface TypeProto {
  tensorType?: TensorTypeProto;
  sequenceType?: Uint8Array;
  mapType?: Uint8Array;
  sparseTensorType?: Uint8Array;
  optionalType?: Uint8Array;
}

export interface ValueInfoProto {
  name?: string;
  type?: TypeProto;
}

export interface AttributeProto {
  name?: string;
  refAttrName?: string;
  type?: number;
  f?: number;
  i?: bigint;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats: Float32Array;
  ints: BigInt64Array;
  strings: Uint8Array[];
}

export interface NodeProto {
  input: string[];
  output: string[];
  name?: string;
  opType?: string;
  domain?: string;
  overload?: string;
  attribute: AttributeProto[];
}

export interface GraphProto {
  node: NodeProto[];
  name?: string;
  initializer: TensorProto[];
  sparseInitializer: Uint8Array[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  valueInfo: ValueInfoProto[];
}

export interface FunctionProto {
  name?: string;
  input: string[];
  output: string[];
  attribute: string[];
  node: NodeProto[];
  opsetImport: OperatorSetIdProto[];
  domain?: string;
  attributeProto: AttributeProto[];
  overload?: string;
}

export interface ModelProto {
  irVersion?: bigint;
  opsetImport: OperatorSetIdProto[];
  graph?: GraphProto;
  functions: FunctionProto[];
}

export interface Messages {
  ModelProto: ModelProto;
  GraphProto: GraphProto;
  FunctionProto: FunctionProto;
  NodeProto: NodeProto;
  AttributeProto: AttributeProto;
  TensorProto: TensorProto;
  ValueInfoProto: ValueInfoProto;
  TypeProto: TypeProto;
  TensorTypeProto: TensorTypeProto;
  TensorShapeProto: TensorShapeProto;
  DimensionProto: DimensionProto;
  OperatorSetIdProto: OperatorSetIdProto;
  StringStringEntryProto: StringStringEntryProto;
}

export type MessageName = keyof Messages;

const one = (name: string, type: Field['type']): Field => ({ name, type });
const many = (name: string, type: Field['type']): Field => ({ name, type, repeated: true });

export const schema: { readonly [M in MessageName]: Readonly<Record<number, Field>> } = {
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
    4: one('sequenceType', 'bytes'),
    5: one('mapType', 'bytes'),
    8: one('sparseTensorType', 'bytes'),
    9: one('optionalType', 'bytes'),
  },
  TensorTypeProto: { 1: one('elemType', 'int32'), 2: one('shape', 'TensorShapeProto') },
  TensorShapeProto: { 1: many('dim', 'DimensionProto') },
  DimensionProto: { 1: one('dimValue', 'int64'), 2: one('dimParam', 'string') },
  OperatorSetIdProto: { 1: one('domain', 'string'), 2: one('version', 'int64') },
  StringStringEntryProto: { 1: one('key', 'string'), 2: one('value', 'string') },
};
