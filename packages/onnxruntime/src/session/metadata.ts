import type { TypeName } from '../tensor/element-types.ts';

export interface NamedValue {
  readonly name: string;
}

export interface OtherValue extends NamedValue {
  readonly isTensor: false;
}

export interface TensorValue extends NamedValue {
  readonly isTensor: true;
  readonly type: TypeName;
  /** Dims; a symbol, or the empty string, for one that is open. Empty where not even their number is known. */
  readonly shape: readonly (number | string)[];
}

export type ValueInfo = OtherValue | TensorValue;
