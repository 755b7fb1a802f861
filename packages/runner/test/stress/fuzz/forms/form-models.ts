import { encode } from '@zeroskip/onnx';
import { allocate, type ElementType, Tensor } from '@zeroskip/tensor';
import { isBig } from '../../../../src/ops/common/types.ts';
import {
  float32,
  int64,
  type Message,
  type ModelParts,
  modelProto,
  node,
  valueInfo,
} from '../../../support/onnx.ts';
import { functional, inputLayer, layer, layersModel } from '../../../tfjs/layers-model.ts';
import { onnxModels } from '../onnx-models.ts';
import { jsonBytes } from '../target.ts';

const types = [
  'float64',
  'float16',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
] as const;

function ramp(type: ElementType): Tensor {
  const ones = [0, 1, 1];
  return new Tensor(type, isBig(type) ? ones.map(BigInt) : type === 'bool' ? ones.map(Boolean) : ones, [3]);
}

const x = [valueInfo('x', 'float32', [3])];
const y = [valueInfo('y', 'float32', [3])];

/** Constants of every type, and of every kind of attribute, added to the input. */
const models: readonly ModelParts[] = [
  {
    nodes: [
      ...types.map((type) => node('Cast', [type], [`${type}s`], { to: 1 })),
      node('Sum', ['x', 'float32', ...types.map((type) => `${type}s`)], ['y']),
    ],
    inputs: x,
    outputs: y,
    constants: Object.fromEntries([...types, 'float32' as const].map((type) => [type, ramp(type)])),
  },
  {
    nodes: [
      node('Constant', [], ['a'], { value_floats: { floats: [1.5, -2, 0.25] } }),
      node('Constant', [], ['b'], { value_ints: [1, -2, 3] }),
      node('Constant', [], ['c'], { value: float32([3], [4, 5, 6]) }),
      node('Constant', [], ['d'], { value: int64([1, 2, 3]) }),
      node('Add', ['b', 'd'], ['e']),
      node('Cast', ['e'], ['f'], { to: 1 }),
      node('Sum', ['x', 'a', 'c', 'f'], ['y']),
    ],
    inputs: x,
    outputs: [...y, valueInfo('e', 'int64', [3])],
  },
  onnxModels[0]!,
  onnxModels[3]!,
];

const fields: Readonly<Record<number, readonly [field: string, type: ElementType]>> = {
  1: ['floatData', 'float32'],
  2: ['int32Data', 'uint8'],
  3: ['int32Data', 'int8'],
  4: ['int32Data', 'uint16'],
  5: ['int32Data', 'int16'],
  6: ['int32Data', 'int32'],
  7: ['int64Data', 'int64'],
  9: ['int32Data', 'bool'],
  10: ['int32Data', 'float16'],
  11: ['doubleData', 'float64'],
  12: ['uint64Data', 'uint32'],
  13: ['uint64Data', 'uint64'],
};

/** A tensor whose raw bytes are in the field for its type. */
function typedTensor({ rawData, ...rest }: Message): Message {
  const [field, type] = fields[rest.dataType as number]!;
  const bytes = rawData as Uint8Array;
  const Class = allocate(type, 0).constructor as Uint8ArrayConstructor;
  const values = new Class(new Uint8Array(bytes).buffer);
  return { ...rest, [field]: Array.from(values as Iterable<number>) };
}

function withTypedFields(proto: Message): Message {
  const graph = proto.graph as Message;
  const attribute = (each: Message) => (each.t ? { ...each, t: typedTensor(each.t as Message) } : each);
  return {
    ...proto,
    graph: {
      ...graph,
      initializer: (graph.initializer as Message[]).map(typedTensor),
      node: (graph.node as Message[]).map((each) => ({
        ...each,
        attribute: (each.attribute as Message[]).map(attribute),
      })),
    },
  };
}

const withoutWeights = layersModel(
  functional(
    [
      inputLayer([4, 4, 2]),
      layer('ReLU', 'relu', { max_value: 6, negative_slope: 0, threshold: 0 }, ['x']),
      layer('MaxPooling2D', 'pool', { pool_size: [2, 2], strides: null, padding: 'valid' }, ['relu']),
      layer('Flatten', 'flat', { data_format: 'channels_last' }, ['pool']),
    ],
    ['x'],
    ['flat'],
  ),
);

/** Models whose values lie in raw bytes, and in typed fields, packed and one by one; and one of TensorFlow.js. */
export const formModels: readonly Uint8Array[] = [
  ...models.map(modelProto).flatMap((proto) => {
    const typed = withTypedFields(proto);
    return [encode('ModelProto', proto), encode('ModelProto', typed), encode('ModelProto', typed, false)];
  }),
  jsonBytes({ ...withoutWeights.json, weightsManifest: [] }),
];
