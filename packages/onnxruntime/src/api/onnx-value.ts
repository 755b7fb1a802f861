import type { Tensor } from './tensor.ts';

export type NonTensorType = never;

/** What networks take and give. */
export type OnnxValue = Tensor | NonTensorType;

export type OnnxValueDataLocation = Tensor.DataLocation;
