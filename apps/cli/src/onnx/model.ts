import { type Field, message } from './protobuf.ts';

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

function valueInfo([name, dims]: [string, readonly (number | string)[]]): Field[] {
  const shape = dims.map((dim): Field => [1, [typeof dim === 'number' ? [1, dim] : [2, dim]]]);
  const elementType: Field = [1, FLOAT];
  const tensorType: Field = [1, [elementType, [2, shape]]];
  const nameField: Field = [1, name];
  return [nameField, [2, [tensorType]]];
}

function attribute([name, value]: [string, number | readonly number[]]): Field[] {
  const values = typeof value === 'number' ? [[3, value] as const] : value.map((item) => [8, item] as const);
  return [[1, name], ...values, [20, typeof value === 'number' ? ATTRIBUTE.int : ATTRIBUTE.ints]];
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
  const standard: Field = [1, ''];
  const version: Field = [1, IR_VERSION];
  return message([version, [7, graph], [8, [standard, [2, OPSET]]]]);
}
