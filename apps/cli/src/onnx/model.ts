import protobuf from 'protobufjs/minimal.js';

/** One node; an attribute is an integer or a list of integers. */
export interface OnnxNode {
  readonly op: string;
  readonly name?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** A small float32 network; dims by value name. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly weights?: Readonly<Record<string, { dims: readonly number[]; values: Float32Array }>>;
}

const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const ATTRIBUTE = { int: 2, ints: 7 };

type Field = readonly [number: number, value: number | string | Uint8Array | readonly Field[]];

function write(writer: protobuf.Writer, fields: readonly Field[]): protobuf.Writer {
  for (const [number, value] of fields) {
    if (typeof value === 'number') writer.uint32(number * 8).int64(value);
    else {
      writer.uint32(number * 8 + 2);
      if (typeof value === 'string') writer.string(value);
      else if (value instanceof Uint8Array) writer.bytes(value);
      else write(writer.fork(), value).ldelim();
    }
  }
  return writer;
}

function valueInfo([name, dims]: [string, readonly (number | string)[]]): Field[] {
  const shape = dims.map((dim): Field => [1, [typeof dim === 'number' ? [1, dim] : [2, dim]]]);
  const tensorType: Field[] = [
    [1, FLOAT],
    [2, shape],
  ];
  return [
    [1, name],
    [2, [[1, tensorType]]],
  ];
}

function attribute([name, value]: [string, number | readonly number[]]): Field[] {
  if (typeof value === 'number') {
    return [
      [1, name],
      [3, value],
      [20, ATTRIBUTE.int],
    ];
  }
  return [[1, name], ...value.map((item): Field => [8, item]), [20, ATTRIBUTE.ints]];
}

function node({ op, name = '', inputs, outputs, attributes = {} }: OnnxNode): Field[] {
  return [
    ...inputs.map((input): Field => [1, input]),
    ...outputs.map((output): Field => [2, output]),
    [3, name],
    [4, op],
    ...Object.entries(attributes).map((entry): Field => [5, attribute(entry)]),
  ];
}

/** The bytes of an ONNX file. */
export function onnxModel({ nodes, inputs, outputs, weights = {} }: OnnxModel): Uint8Array {
  const initializers = Object.entries(weights).map(([name, { dims, values }]): Field => {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return [5, [...dims.map((dim): Field => [1, dim]), [2, FLOAT], [8, name], [9, raw]]];
  });
  const graph: Field[] = [
    ...nodes.map((one): Field => [1, node(one)]),
    [2, 'network'],
    ...initializers,
    ...Object.entries(inputs).map((entry): Field => [11, valueInfo(entry)]),
    ...Object.entries(outputs).map((entry): Field => [12, valueInfo(entry)]),
  ];
  const operators: Field[] = [
    [1, ''],
    [2, OPSET],
  ];
  const model: Field[] = [
    [1, IR_VERSION],
    [7, graph],
    [8, operators],
  ];
  return write(protobuf.Writer.create(), model).finish();
}
