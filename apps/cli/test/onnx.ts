/** Just enough protobuf to write small ONNX models for tests. */
type Field = readonly [number: number, value: number | string | Uint8Array | readonly Field[]];

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

function message(fields: readonly Field[]): Buffer {
  const parts = fields.map(([number, value]) => {
    if (typeof value === 'number') return Buffer.from([...varint(number * 8), ...varint(value)]);
    const isText = typeof value === 'string' || value instanceof Uint8Array;
    const bytes = isText ? Buffer.from(value as string) : message(value as readonly Field[]);
    return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
  });
  return Buffer.concat(parts);
}

const FLOAT = 1;
const INTS = 7;

function valueInfo(name: string, dims: readonly (number | string)[]): Field[] {
  const shape = dims.map((dim): Field => [1, [typeof dim === 'number' ? [1, dim] : [2, dim]]]);
  const tensorType: Field[] = [
    [1, FLOAT],
    [2, shape],
  ];
  return [
    [1, name],
    [2, [[1, tensorType]]],
  ];
}

function initializer(name: string, dims: readonly number[], values: Float32Array): Field[] {
  return [
    ...dims.map((dim): Field => [1, dim]),
    [2, FLOAT],
    [8, name],
    [9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)],
  ];
}

export interface TestNode {
  readonly op: string;
  readonly name?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly ints?: Readonly<Record<string, readonly number[]>>;
}

export interface TestModel {
  readonly nodes: readonly TestNode[];
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly weights?: Readonly<Record<string, { dims: readonly number[]; values: Float32Array }>>;
}

/** The bytes of a model. */
export function onnxModel({ nodes, inputs, outputs, weights = {} }: TestModel): Buffer {
  const graph: Field[] = [
    ...nodes.map(
      ({ op, name = '', inputs, outputs, ints = {} }): Field => [
        1,
        [
          ...inputs.map((input): Field => [1, input]),
          ...outputs.map((output): Field => [2, output]),
          [3, name],
          [4, op],
          ...Object.entries(ints).map(
            ([key, values]): Field => [
              5,
              [[1, key], ...values.map((value): Field => [8, value]), [20, INTS]],
            ],
          ),
        ],
      ],
    ),
    [2, 'test'],
    ...Object.entries(weights).map(([name, { dims, values }]): Field => [5, initializer(name, dims, values)]),
    ...Object.entries(inputs).map(([name, dims]): Field => [11, valueInfo(name, dims)]),
    ...Object.entries(outputs).map(([name, dims]): Field => [12, valueInfo(name, dims)]),
  ];
  return message([
    [1, 8],
    [7, graph],
    [
      8,
      [
        [1, ''],
        [2, 17],
      ],
    ],
  ]);
}
