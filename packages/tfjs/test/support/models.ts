import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

export type Artifacts = tf.io.ModelArtifacts;

await tf.setBackend('cpu');

/** Deterministic values from -1 to 1. */
export const values = (length: number, seed = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * 12.9898 * seed));

const shapeOf = (dims: readonly number[]) => ({
  shape: { dim: dims.map((size) => ({ size: String(size) })) },
});
const float = { type: 'DT_FLOAT' };
const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });

interface Weights {
  readonly [name: string]: readonly number[];
}

/** A model with weights of these shapes. */
function withWeights(topology: object, weights: Weights, more: Partial<Artifacts> = {}): Artifacts {
  const entries = Object.entries(weights);
  const parts = entries.map(([, shape], i) => values(tf.util.sizeFromShape([...shape]), i + 1));
  const weightData = new Float32Array(parts.flatMap((part) => [...part])).buffer;
  const weightSpecs = entries.map(([name, shape]) => ({
    name,
    shape: [...shape],
    dtype: 'float32' as const,
  }));
  return { format: 'graph-model', modelTopology: topology, weightSpecs, weightData, ...more };
}

const filter = (name: string) => ({ name, op: 'Const', input: [], attr: { dtype: float } });

/** Nodes `image` → `conv` → `norm` → `act`, `pool`, `flat` → `scores`, `probabilities`; `parts` has two outputs. */
const nodes = [
  { name: 'image', op: 'Placeholder', input: [], attr: { dtype: float, shape: shapeOf([-1, 8, 8, 3]) } },
  filter('w'),
  filter('scale'),
  filter('dense'),
  {
    name: 'conv',
    op: 'Conv2D',
    input: ['image', 'w'],
    attr: {
      T: float,
      strides: { list: { i: ['1', '1', '1', '1'] } },
      dilations: { list: { i: ['1', '1', '1', '1'] } },
      padding: text('SAME'),
      data_format: text('NHWC'),
    },
  },
  { name: 'norm', op: 'Mul', input: ['conv', 'scale'], attr: { T: float } },
  { name: 'act', op: 'Relu', input: ['norm'], attr: { T: float } },
  { name: 'axis', op: 'Const', input: [], attr: { dtype: { type: 'DT_INT32' } } },
  {
    name: 'parts',
    op: 'Split',
    input: ['axis', 'act'],
    attr: { T: float, num_split: { i: '2' } },
  },
  { name: 'sum', op: 'AddV2', input: ['parts', 'parts:1'], attr: { T: float } },
  { name: 'axes', op: 'Const', input: [], attr: { dtype: { type: 'DT_INT32' } } },
  { name: 'pool', op: 'Mean', input: ['sum', 'axes'], attr: { T: float, keep_dims: { b: false } } },
  { name: 'scores', op: 'MatMul', input: ['pool', 'dense'], attr: { T: float } },
  { name: 'probabilities', op: 'Softmax', input: ['scores'], attr: { T: float } },
];

const signature = {
  inputs: { pixels: { name: 'image:0', dtype: 'DT_FLOAT', tensorShape: shapeOf([-1, 8, 8, 3]).shape } },
  outputs: { classes: { name: 'probabilities:0' }, map: { name: 'act:0' } },
};

function plainBuffer(artifacts: Artifacts, parts: readonly Uint8Array[]): Artifacts {
  const bytes = new Uint8Array(Buffer.concat(parts));
  return { ...artifacts, weightData: bytes.buffer };
}

/** The artifacts of a small graph model: an image of any batch becomes five probabilities and a map. */
export function graphArtifacts(more: Partial<Artifacts> = { signature }): Artifacts {
  const weights = { w: [3, 3, 3, 4], scale: [4], dense: [2, 5] };
  const model = withWeights({ node: nodes, versions: { producer: 440, minConsumer: 12 } }, weights, more);
  const specs = [
    ...model.weightSpecs!,
    { name: 'axis', shape: [], dtype: 'int32' as const },
    { name: 'axes', shape: [2], dtype: 'int32' as const },
  ];
  const more32 = new Uint8Array(Int32Array.from([3, 1, 2]).buffer);
  return plainBuffer({ ...model, weightSpecs: specs }, [
    new Uint8Array(model.weightData as ArrayBuffer),
    more32,
  ]);
}

/** A graph of integers and booleans: `twice` of `n`, and which of `n` are above 2. */
export function integerArtifacts(): Artifacts {
  const int = { type: 'DT_INT32' };
  const topology = {
    node: [
      { name: 'n', op: 'Placeholder', attr: { dtype: int, shape: shapeOf([-1]) } },
      { name: 'flags', op: 'Placeholder', attr: { dtype: { type: 'DT_BOOL' }, shape: shapeOf([-1]) } },
      { name: 'two', op: 'Const', attr: { dtype: int } },
      { name: 'twice', op: 'Mul', input: ['n', 'two'], attr: { T: int } },
      { name: 'above', op: 'Greater', input: ['n', 'two'], attr: { T: int } },
      { name: 'both', op: 'LogicalAnd', input: ['above', 'flags'] },
    ],
    versions: {},
  };
  return {
    format: 'graph-model',
    modelTopology: topology,
    weightSpecs: [{ name: 'two', shape: [], dtype: 'int32' }],
    weightData: Int32Array.of(2).buffer,
  };
}

/** `rows` of `x` in a list, `stack` of these, and their `sum` with `negative`, which stands on no list. */
export function listArtifacts(): Artifacts {
  const elements = { element_dtype: float };
  const topology = {
    node: [
      { name: 'x', op: 'Placeholder', attr: { dtype: float, shape: shapeOf([3, 2]) } },
      { name: 'shape', op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
      { name: 'negative', op: 'Neg', input: ['x'], attr: { T: float } },
      { name: 'rows', op: 'TensorListFromTensor', input: ['x', 'shape'], attr: elements },
      {
        name: 'stack',
        op: 'TensorListStack',
        input: ['rows', 'shape'],
        attr: { ...elements, num_elements: { i: '3' } },
      },
      { name: 'sum', op: 'AddV2', input: ['negative', 'stack'], attr: { T: float } },
    ],
    versions: {},
  };
  return {
    format: 'graph-model',
    modelTopology: topology,
    weightSpecs: [{ name: 'shape', shape: [1], dtype: 'int32' }],
    weightData: Int32Array.of(2).buffer,
  };
}

/** `texts` as they came, and which of them are the `first` one, for `a` and `b`. */
export function stringArtifacts(): Artifacts {
  const string = { type: 'DT_STRING' };
  const topology = {
    node: [
      { name: 'a', op: 'Placeholder', attr: { dtype: string, shape: shapeOf([-1]) } },
      { name: 'b', op: 'Placeholder', attr: { dtype: string, shape: shapeOf([-1]) } },
      { name: 'texts', op: 'Identity', input: ['a'], attr: { T: string } },
      { name: 'equal', op: 'Equal', input: ['a', 'b'], attr: { T: string } },
    ],
    versions: {},
  };
  return { format: 'graph-model', modelTopology: topology, weightSpecs: [], weightData: new ArrayBuffer(0) };
}

export const pixels = (batch = 1): tf.Tensor4D => tf.tensor4d(values(batch * 192), [batch, 8, 8, 3]);

/** A handler as programs write them. */
export const handlerOf = (artifacts: unknown): tf.io.IOHandler => ({
  load: async () => artifacts as Artifacts,
});

/** What a model of tfjs-layers saves. */
export async function saved(model: layers.LayersModel): Promise<Artifacts> {
  let artifacts: Artifacts | undefined;
  await model.save({
    save: async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    },
  });
  return artifacts!;
}

/** A classifier: 8 × 8 × 3 become three probabilities. */
export const classifier = (): layers.Sequential =>
  layers.sequential({
    name: 'classifier',
    layers: [
      layers.layers.conv2d({
        name: 'first',
        filters: 4,
        kernelSize: 3,
        activation: 'relu',
        inputShape: [8, 8, 3],
        kernelInitializer: layers.initializers.glorotUniform({ seed: 7 }),
      }),
      layers.layers.globalAveragePooling2d({ name: 'pool' }),
      layers.layers.dense({
        name: 'last',
        units: 3,
        activation: 'softmax',
        kernelInitializer: layers.initializers.glorotUniform({ seed: 8 }),
      }),
    ],
  });

/** Two inputs, `a` and `b`, and two outputs, `sum` and `product`. */
export function twoOfEach(): layers.LayersModel {
  const [a, b] = ['a', 'b'].map((name) => layers.input({ shape: [4], name })) as [
    layers.SymbolicTensor,
    layers.SymbolicTensor,
  ];
  const sum = layers.layers.add({ name: 'sum' }).apply([a, b]) as layers.SymbolicTensor;
  const product = layers.layers.multiply({ name: 'product' }).apply([a, b]) as layers.SymbolicTensor;
  return layers.model({ inputs: [a, b], outputs: [sum, product], name: 'two' });
}

/** Largest difference of the elements of tensors of one shape; infinite for tensors of other shapes or types. */
export function difference(a: tf.Tensor, b: tf.Tensor): number {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return Number.POSITIVE_INFINITY;
  const [x, y] = [Float64Array.from(a.dataSync()), b.dataSync()];
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0);
}
