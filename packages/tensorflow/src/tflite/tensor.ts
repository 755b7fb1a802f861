import {
  type Constant,
  constantOf,
  dataTypeCode,
  type GraphValue,
  type Limits,
  modelError,
  storedTensor,
  type TensorProto,
} from '@zeroskip/onnx';
import { type ElementType, Tensor } from '@zeroskip/tensor';
import { bufferBytes, type LiteModel, type TensorEntry } from './schema.ts';

/** TensorType of the schema: the position of a name is its number. Those without a type here have capitals. */
const TYPES = [
  'float32',
  'float16',
  'int32',
  'uint8',
  'int64',
  'STRING',
  'bool',
  'int16',
  'COMPLEX64',
  'int8',
  'float64',
  'COMPLEX128',
  'uint64',
  'RESOURCE',
  'VARIANT',
  'uint32',
  'uint16',
  'int4',
  'bfloat16',
] as const;

/** Types of integers that stand for numbers. */
const QUANTIZED: readonly string[] = ['int8', 'uint8', 'int16', 'int4'];

/** The integers q of a tensor stand for scale · (q − zero). */
export interface Quantization {
  /** One for all, or one for each index of an axis. */
  readonly scale: readonly number[];
  readonly zero: readonly number[];
  readonly axis: number;
}

/** A tensor of a subgraph. */
export interface LiteTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** The same with -1 where they are open. */
  readonly signature: readonly number[];
  readonly quantization: Quantization | undefined;
  readonly isVariable: boolean;
  /** The values that the model gives it; undefined where it gives none. @throws where they do not fit it */
  constant(): Constant | undefined;
  /** The type of its elements. @throws `ERR_UNSUPPORTED_TYPE` for strings, complex numbers and resources */
  type(): ElementType;
  /** Whether its integers stand for numbers. */
  readonly isQuantized: boolean;
}

const EMPTY_PROTO = {
  floatData: [],
  int32Data: [],
  stringData: [],
  int64Data: [],
  doubleData: [],
  uint64Data: [],
  externalData: [],
};

function quantizationOf({ quantization, name }: TensorEntry): Quantization | undefined {
  const { scale = [], zeroPoint = [], quantizedDimension = 0, detailsType = 0 } = quantization ?? {};
  const what = `of tensor ${JSON.stringify(name)}`;
  if (detailsType !== 0) {
    throw modelError(
      `quantization ${what}`,
      'scales and zero points',
      'a custom one',
      'ERR_UNSUPPORTED_TYPE',
    );
  }
  // Some writers give a scale of 0 to what is not quantized.
  if (scale.every((value) => value === 0)) return undefined;
  const wrong = scale.find((value) => !(value > 0 && value < Number.POSITIVE_INFINITY));
  if (wrong !== undefined) throw modelError(`scales ${what}`, 'numbers above 0', wrong);
  if (zeroPoint.length > 1 && zeroPoint.length !== scale.length) {
    throw modelError(
      `number of zero points ${what}`,
      `that of the scales, ${scale.length}`,
      zeroPoint.length,
    );
  }
  const zero = scale.map((_, i) => zeroPoint[zeroPoint.length === 1 ? 0 : i] ?? 0);
  return { scale, zero, axis: quantizedDimension };
}

function typeOf({ type, name }: TensorEntry): ElementType {
  const found = TYPES[type];
  if (found !== undefined && found === found.toLowerCase()) return found as ElementType;
  const expected = `one of ${TYPES.filter((each) => each === each.toLowerCase()).join(', ')}`;
  throw modelError(
    `the element type of tensor ${JSON.stringify(name)}`,
    expected,
    found ?? type,
    'ERR_UNSUPPORTED_TYPE',
  );
}

function checkDims({ name, shape }: TensorEntry, { maxRank }: Limits): void {
  const what = `tensor ${JSON.stringify(name)}`;
  if (shape.length > maxRank) {
    throw modelError(`rank of ${what}`, `at most ${maxRank}`, shape.length, 'ERR_LIMIT_EXCEEDED');
  }
  const negative = shape.find((dim) => dim < 0);
  if (negative !== undefined) throw modelError(`dims of ${what}`, 'sizes from 0', negative);
}

function storedConstant(entry: TensorEntry, bytes: Uint8Array, limits: Limits): Constant {
  const { name, shape } = entry;
  const what = `tensor ${JSON.stringify(name)}`;
  if (entry.sparsity !== undefined) {
    throw modelError(`values of ${what}`, 'a dense encoding', 'a sparse one', 'ERR_UNSUPPORTED_TYPE');
  }
  const dataType = dataTypeCode(typeOf(entry));
  const dims = BigInt64Array.from(shape, BigInt);
  const proto = { ...EMPTY_PROTO, name, dims, dataType, rawData: bytes } as unknown as TensorProto;
  return constantOf(storedTensor(proto, limits, new Map(), what));
}

/** What of a tensor the reader needs to know, checked. */
export function liteTensor(model: LiteModel, entry: TensorEntry, limits: Limits): LiteTensor {
  checkDims(entry, limits);
  const { name, shape, shapeSignature, isVariable } = entry;
  let constant: Constant | undefined;
  const bytes = bufferBytes(model, entry.buffer, `tensor ${JSON.stringify(name)}`);
  const quantization = quantizationOf(entry);
  const isQuantized = quantization !== undefined && QUANTIZED.includes(TYPES[entry.type] ?? '');
  return {
    name,
    dims: shape,
    signature: shapeSignature.length === shape.length ? shapeSignature : shape,
    quantization,
    isVariable,
    constant() {
      if (bytes) constant ??= storedConstant(entry, bytes, limits);
      return constant;
    },
    type: () => typeOf(entry),
    isQuantized,
  };
}

/** Dims of an input or output of the graph: a symbol or the empty string where they are open. */
export function declaredDims({ signature }: LiteTensor): GraphValue['dims'] {
  return signature.map((dim, axis) => (dim >= 0 ? dim : axis === 0 ? 'batch' : ''));
}

/** The numbers that the integers of a vector stand for, computed where they are loaded. */
export function realVector({ type, dims, load }: Constant, { scale, zero }: Quantization): Constant {
  const values = () => {
    const { data } = load();
    const real = new Float32Array(data.length);
    for (let i = 0; i < real.length; i++) {
      const own = scale.length === 1 ? 0 : i;
      real[i] = (Number(data[i]) - zero[own]!) * scale[own]!;
    }
    return real;
  };
  if (type === 'float32') return { type, dims, load };
  return { type: 'float32', dims, load: () => new Tensor('float32', values(), dims) };
}
