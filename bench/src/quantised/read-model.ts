import { sizeOf, Tensor } from '@zeroskip/tensor';
import type { Attributes, FloatNetwork, Layer } from './network.ts';

/** A field of a protobuf message: a number, or the bytes of what has a length. */
type Field = readonly [number: number, value: number | Uint8Array];

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    let [value, factor] = [0n, 1n];
    for (;;) {
      const byte = bytes[at++]!;
      value += BigInt(byte & 127) * factor;
      factor *= 128n;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key & 7;
    if (wire === 0) yield [key >> 3, varint()];
    else if (wire === 5) {
      yield [key >> 3, view.getFloat32(at, true)];
      at += 4;
    } else {
      const length = varint();
      yield [key >> 3, bytes.subarray(at, at + length)];
      at += length;
    }
  }
}

const text = (bytes: number | Uint8Array) => new TextDecoder().decode(bytes as Uint8Array);
const all = (fields: readonly Field[], number: number) =>
  fields.filter(([own]) => own === number).map(([, value]) => value);

/** Repeated integers, packed or one by one. */
function integers(fields: readonly Field[], number: number): number[] {
  return all(fields, number).flatMap((value) =>
    typeof value === 'number' ? value : [...fieldsOf(interleaved(value))].map(([, each]) => each as number),
  );
}

/** Packed integers, each with the key of a field before it. */
function interleaved(packed: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  let starts = true;
  for (const byte of packed) {
    if (starts) bytes.push(8);
    bytes.push(byte);
    starts = byte < 128;
  }
  return Uint8Array.from(bytes);
}

/** Float32 from the bytes of a file; other tensors of such a network are none that quantization reads. */
function tensorOf(bytes: Uint8Array): [name: string, tensor: Tensor | undefined] {
  const fields = [...fieldsOf(bytes)];
  const dims = integers(fields, 1);
  const [raw] = all(fields, 9) as Uint8Array[];
  const isFloat = all(fields, 2)[0] === 1 && raw !== undefined;
  const data = isFloat ? new Float32Array(Uint8Array.from(raw).buffer, 0, sizeOf(dims)) : undefined;
  return [text(all(fields, 8)[0]!), data && new Tensor('float32', data, dims)];
}

function attributesOf(nodes: readonly Uint8Array[]): Attributes {
  return Object.fromEntries(
    nodes.map((bytes) => {
      const fields = [...fieldsOf(bytes)];
      const name = text(all(fields, 1)[0]!);
      const [float, integer, string] = [2, 3, 4].map((number) => all(fields, number)[0]);
      if (float !== undefined) return [name, { float: float as number }];
      if (integer !== undefined) return [name, integer as number];
      return [name, string === undefined ? integers(fields, 8) : text(string)];
    }),
  );
}

/**
 * A network of an ONNX file as `npm run models` writes it: float32, every value between its nodes the first output of
 * one.
 * @param inputDims of its one input
 */
export function readNetwork(model: Uint8Array, inputDims: readonly number[]): FloatNetwork {
  const [graph] = all([...fieldsOf(model)], 7) as Uint8Array[];
  const fields = [...fieldsOf(graph!)];
  const constants = new Map<string, Tensor>();
  for (const bytes of all(fields, 5)) {
    const [name, tensor] = tensorOf(bytes as Uint8Array);
    if (tensor) constants.set(name, tensor);
  }
  const layers = all(fields, 1).map((bytes): Layer => {
    const own = [...fieldsOf(bytes as Uint8Array)];
    return {
      inputs: all(own, 1).map(text),
      output: text(all(own, 2)[0]!),
      opType: text(all(own, 4)[0]!),
      attributes: attributesOf(all(own, 5) as Uint8Array[]),
    };
  });
  const nameOf = (bytes: number | Uint8Array) => text(all([...fieldsOf(bytes as Uint8Array)], 1)[0]!);
  return {
    layers,
    constants,
    input: nameOf(all(fields, 11)[0]!),
    inputDims,
    output: nameOf(all(fields, 12)[0]!),
  };
}
