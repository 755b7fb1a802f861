import { sizeOf } from '@zeroskip/tensor';
import { Builder } from 'flatbuffers';

/** TensorType of the schema. */
export const TYPES = {
  float32: [0, Float32Array],
  float16: [1, Uint16Array],
  int32: [2, Int32Array],
  uint8: [3, Uint8Array],
  int64: [4, BigInt64Array],
  string: [5, Uint8Array],
  bool: [6, Uint8Array],
  int16: [7, Int16Array],
  int8: [9, Int8Array],
  int4: [17, Int8Array],
} as const;

type LiteType = keyof typeof TYPES;

export interface LiteTensorParts {
  readonly dims: readonly number[];
  /** float32 unless told. */
  readonly type?: LiteType;
  /** Of a constant. */
  readonly values?: readonly number[];
  /** The bytes of a constant, in the place of values. */
  readonly bytes?: Uint8Array;
  readonly scale?: number | readonly number[];
  readonly zero?: number | readonly number[];
  readonly axis?: number;
  readonly signature?: readonly number[];
  readonly isVariable?: boolean;
  readonly isSparse?: boolean;
}

type Kind = 'int8' | 'int32' | 'float32' | 'int32s';
type OptionField = readonly [slot: number, kind: Kind, value: number | readonly number[]];

export interface LiteOperatorParts {
  /** The number of BuiltinOperator, or the name of a custom one. */
  readonly op: number | string;
  /** Names; the empty string is an absent one. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The number in BuiltinOptions, and fields. */
  readonly options?: readonly [union: number, ...fields: readonly OptionField[]];
  readonly custom?: Uint8Array;
}

export interface LiteSubgraphParts {
  readonly tensors: Readonly<Record<string, LiteTensorParts>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly operators: readonly LiteOperatorParts[];
}

export interface LiteModelParts extends LiteSubgraphParts {
  /** Behind the first. */
  readonly others?: readonly LiteSubgraphParts[];
  readonly signature?: {
    readonly inputs: Readonly<Record<string, string>>;
    readonly outputs: Readonly<Record<string, string>>;
  };
  readonly version?: number;
  /** Whether values lie behind all tables. */
  readonly isOutside?: boolean;
}

const CUSTOM = 32;
/** Numbers from here are in the wide field alone. */
const PLACEHOLDER = 127;
/** Vectors of values begin at multiples of it. */
const ALIGNMENT = 16;
const TABLES_BYTES = 2 ** 12;

function bytesOf({ dims, type = 'float32', values, bytes }: LiteTensorParts): Uint8Array | undefined {
  if (bytes || values === undefined) return bytes;
  if (values.length !== sizeOf(dims))
    throw new RangeError(`Expected ${sizeOf(dims)} values, received ${values.length}.`);
  const list = type === 'int64' ? BigInt64Array.from(values, BigInt) : TYPES[type][1].from(values as never);
  return new Uint8Array((list as Int8Array).buffer);
}

const all = (value: number | readonly number[]) => [value].flat();

/** Writes the parts of one model. */
class ModelBuilder {
  readonly #builder = new Builder(1024);
  readonly #buffers: (Uint8Array | undefined)[] = [undefined];
  readonly #codes: (number | string)[] = [];

  #vector(elementBytes: number, values: readonly number[], add: (value: number) => void): number {
    this.#builder.startVector(elementBytes, values.length, elementBytes);
    for (const value of values.toReversed()) add(value);
    return this.#builder.endVector();
  }

  #offsets(values: readonly number[]): number {
    return this.#vector(4, values, (value) => this.#builder.addOffset(value));
  }

  #ints(values: readonly number[]): number {
    return this.#vector(4, values, (value) => this.#builder.addInt32(value));
  }

  #floats(values: readonly number[]): number {
    return this.#vector(4, values, (value) => this.#builder.addFloat32(value));
  }

  #longs(values: readonly number[]): number {
    return this.#vector(8, values, (value) => this.#builder.addInt64(BigInt(value)));
  }

  #bytes(values: Uint8Array): number {
    this.#builder.startVector(1, values.length, ALIGNMENT);
    for (const value of values.toReversed()) this.#builder.addInt8(value);
    return this.#builder.endVector();
  }

  #table(slots: number, fill: (builder: Builder) => void): number {
    this.#builder.startObject(slots);
    fill(this.#builder);
    return this.#builder.endObject();
  }

  #tensor(name: string, parts: LiteTensorParts): number {
    const { dims, type = 'float32', scale, zero = 0, axis = 0, signature, isVariable, isSparse } = parts;
    const values = bytesOf(parts);
    const buffer = values ? this.#buffers.push(values) - 1 : 0;
    const label = this.#builder.createString(name);
    const shape = this.#ints(dims);
    const open = signature && this.#ints(signature);
    const sparsity = isSparse && this.#table(3, () => undefined);
    let quantization = 0;
    if (scale !== undefined) {
      const [scales, zeros] = [this.#floats(all(scale)), this.#longs(all(zero))];
      quantization = this.#table(7, (builder) => {
        builder.addFieldOffset(2, scales, 0);
        builder.addFieldOffset(3, zeros, 0);
        builder.addFieldInt32(6, axis, 0);
      });
    }
    return this.#table(10, (builder) => {
      builder.addFieldOffset(0, shape, 0);
      builder.addFieldInt8(1, TYPES[type][0], 0);
      builder.addFieldInt32(2, buffer, 0);
      builder.addFieldOffset(3, label, 0);
      builder.addFieldOffset(4, quantization, 0);
      builder.addFieldInt8(5, Number(isVariable ?? false), 0);
      if (sparsity) builder.addFieldOffset(6, sparsity, 0);
      if (open) builder.addFieldOffset(7, open, 0);
    });
  }

  #options([, ...fields]: NonNullable<LiteOperatorParts['options']>): number {
    const lists = new Map(
      fields
        .filter(([, kind]) => kind === 'int32s')
        .map(([slot, , value]) => [slot, this.#ints(value as number[])]),
    );
    const slots = 1 + Math.max(-1, ...fields.map(([slot]) => slot));
    return this.#table(slots, (builder) => {
      for (const [slot, kind, value] of fields) {
        // Written also where it is the schema's default: none of these is the value that is left out.
        if (kind === 'int8') builder.addFieldInt8(slot, value as number, -128);
        else if (kind === 'int32') builder.addFieldInt32(slot, value as number, -(2 ** 31));
        else if (kind === 'float32') builder.addFieldFloat32(slot, value as number, Number.NaN);
        else builder.addFieldOffset(slot, lists.get(slot)!, 0);
      }
    });
  }

  #operator({ op, inputs, outputs, options, custom }: LiteOperatorParts, names: readonly string[]): number {
    const known = this.#codes.indexOf(op);
    const code = known >= 0 ? known : this.#codes.push(op) - 1;
    const places = (list: readonly string[]) =>
      this.#ints(
        list.map((name) => {
          if (name !== '' && !names.includes(name))
            throw new RangeError(`Expected a tensor, received ${name}.`);
          return names.indexOf(name);
        }),
      );
    const [from, to] = [places(inputs), places(outputs)];
    const own = options && this.#options(options);
    const bytes = custom && this.#bytes(custom);
    return this.#table(13, (builder) => {
      builder.addFieldInt32(0, code, 0);
      builder.addFieldOffset(1, from, 0);
      builder.addFieldOffset(2, to, 0);
      if (options) builder.addFieldInt8(3, options[0], 0);
      if (own) builder.addFieldOffset(4, own, 0);
      if (bytes) builder.addFieldOffset(5, bytes, 0);
    });
  }

  #subgraph({ tensors, inputs, outputs, operators }: LiteSubgraphParts): number {
    const names = Object.keys(tensors);
    const list = this.#offsets(Object.entries(tensors).map(([name, parts]) => this.#tensor(name, parts)));
    const nodes = this.#offsets(operators.map((parts) => this.#operator(parts, names)));
    const [from, to] = [inputs, outputs].map((each) => this.#ints(each.map((name) => names.indexOf(name))));
    return this.#table(5, (builder) => {
      builder.addFieldOffset(0, list, 0);
      builder.addFieldOffset(1, from!, 0);
      builder.addFieldOffset(2, to!, 0);
      builder.addFieldOffset(3, nodes, 0);
    });
  }

  #code(op: number | string): number {
    const name = typeof op === 'string' && this.#builder.createString(op);
    const number = typeof op === 'string' ? CUSTOM : op;
    return this.#table(4, (builder) => {
      builder.addFieldInt8(0, Math.min(number, PLACEHOLDER), 0);
      if (name) builder.addFieldOffset(1, name, 0);
      builder.addFieldInt32(2, 1, 1);
      builder.addFieldInt32(3, number, 0);
    });
  }

  #signature({ tensors, signature }: LiteModelParts): number {
    const names = Object.keys(tensors);
    const maps = (named: Readonly<Record<string, string>>) =>
      this.#offsets(
        Object.entries(named).map(([name, tensor]) => {
          const label = this.#builder.createString(name);
          return this.#table(2, (builder) => {
            builder.addFieldOffset(0, label, 0);
            builder.addFieldInt32(1, names.indexOf(tensor), 0);
          });
        }),
      );
    const [inputs, outputs] = [maps(signature!.inputs), maps(signature!.outputs)];
    const key = this.#builder.createString('serving_default');
    return this.#table(5, (builder) => {
      builder.addFieldOffset(0, inputs, 0);
      builder.addFieldOffset(1, outputs, 0);
      builder.addFieldOffset(2, key, 0);
    });
  }

  /** @param places of values that lie outside, which are known once the tables are */
  #buffer(values: Uint8Array | undefined, place: number | undefined): number {
    const data = values && place === undefined && this.#bytes(values);
    return this.#table(3, (builder) => {
      if (data) builder.addFieldOffset(0, data, 0);
      if (!values || place === undefined) return;
      builder.addFieldInt64(1, BigInt(place), 0n);
      builder.addFieldInt64(2, BigInt(values.length), 0n);
    });
  }

  finish(parts: LiteModelParts, tablesBytes: number): Uint8Array {
    const { isOutside, version = 3 } = parts;
    const subgraphs = this.#offsets([parts, ...(parts.others ?? [])].map((each) => this.#subgraph(each)));
    const codes = this.#offsets(this.#codes.map((code) => this.#code(code)));
    const signatures = parts.signature && this.#offsets([this.#signature(parts)]);
    let end = tablesBytes;
    const places = this.#buffers.map((values) => {
      const start = end;
      end += Math.ceil((values?.length ?? 0) / ALIGNMENT) * ALIGNMENT;
      return isOutside ? start : undefined;
    });
    const buffers = this.#offsets(this.#buffers.map((values, i) => this.#buffer(values, places[i])));
    const model = this.#table(8, (builder) => {
      builder.addFieldInt32(0, version, 0);
      builder.addFieldOffset(1, codes, 0);
      builder.addFieldOffset(2, subgraphs, 0);
      builder.addFieldOffset(4, buffers, 0);
      if (signatures) builder.addFieldOffset(7, signatures, 0);
    });
    this.#builder.finish(model, 'TFL3');
    const tables = this.#builder.asUint8Array();
    if (!isOutside) return tables.slice();
    const file = new Uint8Array(end);
    file.set(tables);
    for (const [i, values] of this.#buffers.entries()) if (values) file.set(values, places[i]!);
    return file;
  }
}

/** A TensorFlow Lite file. */
export function liteModel(parts: LiteModelParts): Uint8Array {
  // Values that lie outside begin behind the tables, which have this much room.
  return new ModelBuilder().finish(parts, TABLES_BYTES);
}
