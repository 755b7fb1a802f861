import type { InputValue, NodeView } from '@zeroskip/onnx';
import type { ElementType } from '@zeroskip/tensor';
import type { Operator, TypeRule } from './operator.ts';

export const floats: readonly ElementType[] = ['float32', 'float64'];
export const integers: readonly ElementType[] = [
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
];
export const numbers: readonly ElementType[] = [...floats, ...integers];

export const bools: readonly ElementType[] = ['bool'];
export const indexTypes: readonly ElementType[] = ['int32', 'int64'];
export const anyType = undefined;

export function isBig(type: ElementType): boolean {
  return type === 'int64' || type === 'uint64';
}

export function isFloat(type: ElementType): boolean {
  return floats.includes(type);
}

/** The first input, of an operator that takes floats alone in a case. */
export function requireFloat(node: NodeView, index: number): InputValue {
  checkType(node, index, floats);
  return node.input(index);
}

function checkType(node: NodeView, index: number, rule: TypeRule): void {
  const input = node.inputs[index];
  const types = typeof rule === 'number' ? [node.input(rule).type] : rule;
  if (!input || !types || types.includes(input.type)) return;
  const expected = types.length === 1 ? types[0]! : `one of ${types.join(', ')}`;
  throw node.error(`type of input ${index}`, expected, input.type, 'ERR_INVALID_TYPE');
}

/** Throws unless the inputs have types that the operator takes. */
export function checkTypes({ types = [] }: Pick<Operator, 'types'>, node: NodeView): void {
  for (const index of node.inputs.keys()) checkType(node, index, types[Math.min(index, types.length - 1)]);
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
