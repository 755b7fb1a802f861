import { dataTypeCode } from '../../../packages/runner/src/model/element-types.ts';
import type {
  AttributeValue,
  Constant,
  Graph,
  GraphOutput,
} from '../../../packages/runner/src/model/graph.ts';
import { encode, type Message } from '../../../packages/runner/src/onnx/encode.ts';

/** The first version of the file format that knows operator sets 19 to 20. */
const IR_VERSION = 9;

const utf8 = new TextEncoder();

function tensorProto(name: string, constant: Constant): Message {
  const { data } = constant.load();
  return {
    name,
    dims: constant.dims,
    dataType: dataTypeCode(constant.type),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function attributeProto(name: string, { kind, value }: AttributeValue): Message {
  switch (kind) {
    case 'float':
      return { name, type: 1, f: value };
    case 'int':
      return { name, type: 2, i: value };
    case 'string':
      return { name, type: 3, s: utf8.encode(value) };
    case 'tensor':
      return { name, type: 4, t: tensorProto('', value) };
    case 'floats':
      return { name, type: 6, floats: value };
    case 'ints':
      return { name, type: 7, ints: value };
    case 'strings':
      return { name, type: 8, strings: value.map((text) => utf8.encode(text)) };
    default:
      throw new Error(`Expected an attribute that can be written for ${name}, received ${kind}.`);
  }
}

function valueInfo({ name, type, dims }: GraphOutput): Message {
  const dim = dims?.map((size) => {
    if (typeof size === 'number') return { dimValue: size };
    return size === '' ? {} : { dimParam: size };
  });
  const tensorType = { elemType: type && dataTypeCode(type), ...(dim && { shape: { dim } }) };
  return { name, type: { tensorType } };
}

/** A graph as an ONNX file. */
export function onnxModel({ nodes, inputs, outputs, constants }: Graph): Uint8Array {
  return encode('ModelProto', {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: nodes[0]!.opset }],
    graph: {
      name: 'network',
      node: nodes.map((node) => ({
        name: node.name,
        opType: node.opType,
        input: node.inputs,
        output: node.outputs,
        attribute: [...node.attributes].map(([name, value]) => attributeProto(name, value)),
      })),
      initializer: [...constants].map(([name, constant]) => tensorProto(name, constant)),
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    },
  });
}
