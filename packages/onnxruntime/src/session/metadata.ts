import type { Type } from '../tensor/element-types.ts';

export interface ValueMetadataBase {
  readonly name: string;
}

export interface NonTensorValueMetadata extends ValueMetadataBase {
  readonly isTensor: false;
}

export interface TensorValueMetadata extends ValueMetadataBase {
  readonly isTensor: true;
  readonly type: Type;
  /** Dims; a symbol, or the empty string, for one that is open. Empty where not even their number is known. */
  readonly shape: readonly (number | string)[];
}

export type ValueMetadata = NonTensorValueMetadata | TensorValueMetadata;
