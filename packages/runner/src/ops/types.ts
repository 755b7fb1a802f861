import type { ElementType } from '@zeroskip/tensor';
import type { InputValue, NodeView } from '../model/node-view.ts';

const floats: readonly ElementType[] = ['float32', 'float64'];
const numeric: readonly ElementType[] = [
  ...floats,
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
];

export function isBig(type: ElementType): boolean {
  return type === 'int64' || type === 'uint64';
}

export function isFloat(type: ElementType): boolean {
  return floats.includes(type);
}

function requireType(node: NodeView, index: number, types: readonly ElementType[]): InputValue {
  const input = node.input(index);
  if (!types.includes(input.type)) {
    throw node.error(`type of input ${index}`, `one of ${types.join(', ')}`, input.type, 'ERR_INVALID_TYPE');
  }
  return input;
}

export function requireFloat(node: NodeView, index: number): InputValue {
  return requireType(node, index, floats);
}

export function requireNumber(node: NodeView, index: number): InputValue {
  return requireType(node, index, numeric);
}

export function requireInteger(node: NodeView, index: number): InputValue {
  return requireType(node, index, ['int32', 'int64']);
}

export function requireBool(node: NodeView, index: number): InputValue {
  return requireType(node, index, ['bool']);
}

/** Throws unless the inputs at `indices`, where present, have the type of the first of them. */
export function requireSameType(node: NodeView, indices: readonly number[]): void {
  const { type } = node.input(indices[0]!);
  for (const index of indices) {
    const input = node.inputs[index];
    if (input && input.type !== type) {
      throw node.error(`type of input ${index}`, type, input.type, 'ERR_INVALID_TYPE');
    }
  }
}

/** Throws unless each of the inputs `indices` is a vector of `length` elements. */
export function requireVectors(node: NodeView, indices: readonly number[], length: number): void {
  for (const index of indices) {
    const { dims } = node.input(index);
    if (dims.length !== 1 || dims[0] !== length) {
      throw node.error(`dims of input ${index}`, `[${length}]`, dims, 'ERR_INVALID_SHAPE');
    }
  }
}

export type FloatArray = Float32Array | Float64Array;

export function emptyLike(data: FloatArray): FloatArray {
  return new (data.constructor as Float32ArrayConstructor)(data.length);
}
