import '@tensorflow/tfjs-backend-cpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { io, setBackend, tensor } from '@tensorflow/tfjs-core';
import { InferenceSession } from '@zeroskip/runner';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { seededRandom } from '@zeroskip/test-utils';
import { beforeAll, describe, expect, it } from 'vitest';

type Json = Readonly<Record<string, unknown>>;
type Node = readonly [name: string, op: string, input: readonly string[], attr?: Json];

interface Weight {
  readonly dims: readonly number[];
  readonly values?: readonly number[];
  readonly type?: 'float32' | 'int32';
}

interface Case {
  readonly nodes: readonly Node[];
  readonly x: readonly number[];
  readonly weights?: Readonly<Record<string, Weight>>;
  readonly outputs?: readonly string[];
}

const random = seededRandom(1);
const values = (dims: readonly number[]) => Array.from({ length: sizeOf(dims) }, () => 2 * random() - 1);
const whole = (...all: readonly number[]): Weight => ({ dims: [all.length], values: all, type: 'int32' });
const scalar = (value: number, type: Weight['type'] = 'int32'): Weight => ({
  dims: [],
  values: [value],
  type: type!,
});
const s = (text: string) => ({ s: Buffer.from(text).toString('base64') });
const i = (value: number) => ({ i: String(value) });
const list = (...all: readonly number[]) => ({ list: { i: all.map(String) } });
const dtype = (type = 'float32') => ({ dtype: { type: type === 'int32' ? 'DT_INT32' : 'DT_FLOAT' } });

/** A graph model of a placeholder `x`, as both take it. */
function modelOf({ nodes, x, weights = {} }: Case) {
  const given = {
    name: 'x',
    op: 'Placeholder',
    attr: { ...dtype(), shape: { shape: { dim: x.map((size) => ({ size: String(size) })) } } },
  };
  const consts = Object.entries(weights).map(([name, { type }]) => ({
    name,
    op: 'Const',
    attr: dtype(type),
  }));
  const others = nodes.map(([name, op, input, attr = {}]) => ({ name, op, input, attr }));
  const bytes = Object.values(weights).map(({ dims, values: own = values(dims), type }) =>
    Buffer.from((type === 'int32' ? Int32Array.from(own) : Float32Array.from(own)).buffer),
  );
  const weightSpecs = Object.entries(weights).map(([name, { dims, type = 'float32' }]) => ({
    name,
    shape: [...dims],
    dtype: type,
  }));
  const modelTopology = { node: [given, ...consts, ...others], library: { function: [] }, versions: {} };
  return { modelTopology, weightSpecs, weightData: new Uint8Array(Buffer.concat(bytes)) };
}

const frame = { frame_name: s('f') };
const floats = { element_dtype: { type: 'DT_FLOAT' } };
const array = {
  ...dtype(),
  element_shape: { shape: { dim: [{ size: '3' }] } },
  clear_after_read: { b: false },
};
const boxes: Weight = { dims: [3, 4], values: [0, 0, 1, 1, 0.1, 0.2, 0.7, 0.9, -0.2, 0.1, 1.3, 0.8] };
const crops = { boxes, images: whole(0, 1, 1), size: whole(4, 5) };
const limits = { most: scalar(5), overlap: scalar(0.6, 'float32'), least: scalar(0.1, 'float32') };
const scored = { scores: { dims: [3], values: [0.9, 0.8, 0.7] }, ...limits };

const cases: Readonly<Record<string, Case>> = {
  'a loop with a conditional': {
    x: [2, 3],
    weights: { zero: scalar(0), one: scalar(1), three: scalar(3) },
    nodes: [
      ['e1', 'Enter', ['zero'], frame],
      ['e2', 'Enter', ['x'], frame],
      ['m1', 'Merge', ['e1', 'n1']],
      ['m2', 'Merge', ['e2', 'n2']],
      ['less', 'Less', ['m1', 'three']],
      ['goes', 'LoopCond', ['less']],
      ['s1', 'Switch', ['m1', 'goes']],
      ['s2', 'Switch', ['m2', 'goes']],
      ['more', 'AddV2', ['s1:1', 'one']],
      ['isOne', 'Equal', ['s1:1', 'one']],
      ['side', 'Switch', ['s2:1', 'isOne']],
      ['then', 'Neg', ['side:1']],
      ['else', 'Exp', ['side']],
      ['chosen', 'Merge', ['else', 'then']],
      ['n1', 'NextIteration', ['more']],
      ['n2', 'NextIteration', ['chosen']],
      ['y', 'Exit', ['s2']],
    ],
  },
  lists: {
    x: [4, 3],
    weights: { shape: whole(3), order: whole(2, 0), one: scalar(1), row: { dims: [3] } },
    nodes: [
      ['l', 'TensorListFromTensor', ['x', 'shape'], floats],
      ['m', 'TensorListSetItem', ['l', 'one', 'row'], floats],
      ['y', 'TensorListStack', ['m', 'shape'], { ...floats, num_elements: i(4) }],
      ['z', 'TensorListGather', ['m', 'order', 'shape'], floats],
    ],
    outputs: ['y', 'z'],
  },
  arrays: {
    x: [2, 3],
    weights: { two: scalar(2), order: whole(1, 0), one: scalar(1) },
    nodes: [
      ['a', 'TensorArrayV3', ['two'], array],
      ['w', 'TensorArrayScatterV3', ['a', 'order', 'x', 'a:1'], { T: dtype().dtype }],
      ['y', 'TensorArrayReadV3', ['a', 'one', 'w'], dtype()],
      ['z', 'TensorArrayGatherV3', ['a', 'order', 'w'], array],
    ],
    outputs: ['y', 'z'],
  },
  'crops between pixels': {
    x: [2, 6, 8, 3],
    weights: crops,
    nodes: [
      [
        'y',
        'CropAndResize',
        ['x', 'boxes', 'images', 'size'],
        { method: s('bilinear'), extrapolation_value: { f: 0.25 } },
      ],
    ],
  },
  'crops of pixels': {
    x: [2, 6, 8, 3],
    weights: crops,
    nodes: [['y', 'CropAndResize', ['x', 'boxes', 'images', 'size'], { method: s('nearest') }]],
  },
  'padded suppression': {
    x: [3, 4],
    weights: scored,
    nodes: [
      [
        'y',
        'NonMaxSuppressionV4',
        ['x', 'scores', 'most', 'overlap', 'least'],
        { pad_to_max_output_size: { b: true } },
      ],
    ],
    outputs: ['y', 'y:1'],
  },
  'soft suppression': {
    x: [1],
    weights: { ...scored, boxes, sigma: scalar(0.5, 'float32') },
    nodes: [['y', 'NonMaxSuppressionV5', ['boxes', 'scores', 'most', 'overlap', 'least', 'sigma'], {}]],
    outputs: ['y', 'y:1'],
  },
  'a gather by images': {
    x: [2, 3, 4, 5],
    weights: { at: { dims: [2, 2], values: [0, 2, 3, 1], type: 'int32' }, axis: scalar(2) },
    nodes: [['y', 'GatherV2', ['x', 'at', 'axis'], { batch_dims: i(1) }]],
  },
  'a dilation': {
    x: [2, 7, 8, 3],
    weights: { w: { dims: [3, 2, 3] } },
    nodes: [
      [
        'y',
        'Dilation2D',
        ['x', 'w'],
        { strides: list(1, 2, 1, 1), rates: list(1, 1, 2, 1), padding: s('SAME') },
      ],
    ],
  },
  'a convolution of volumes': {
    x: [1, 5, 6, 7, 2],
    weights: { w: { dims: [2, 3, 3, 2, 3] } },
    nodes: [
      [
        'y',
        'Conv3D',
        ['x', 'w'],
        {
          strides: list(1, 2, 1, 2, 1),
          dilations: list(1, 1, 1, 1, 1),
          data_format: s('NDHWC'),
          padding: s('SAME'),
        },
      ],
    ],
  },
  'places of the largest': {
    x: [2, 5, 6, 3],
    nodes: [
      [
        'y',
        'MaxPoolWithArgmax',
        ['x'],
        {
          ksize: list(1, 2, 2, 1),
          strides: list(1, 2, 2, 1),
          padding: s('SAME'),
          include_batch_in_index: { b: true },
        },
      ],
    ],
    outputs: ['y', 'y:1'],
  },
  'a transposed convolution of odd size': {
    x: [1, 4, 5, 3],
    weights: { size: whole(1, 7, 10, 2), one: whole(1, 1, 1, 1), w: { dims: [3, 3, 2, 3] } },
    nodes: [
      ['sized', 'Mul', ['size', 'one']],
      ['y', 'Conv2DBackpropInput', ['sized', 'w', 'x'], { padding: s('SAME'), strides: list(1, 2, 2, 1) }],
    ],
  },
};

describe('a graph model is what TensorFlow.js makes of it:', () => {
  beforeAll(async () => {
    await setBackend('cpu');
  });

  it.each(Object.entries(cases))('%s', async (_what, each) => {
    const { outputs = ['y'], x: dims } = each;
    const { modelTopology, weightSpecs, weightData } = modelOf(each);
    const x = new Tensor('float32', Float32Array.from(values(dims)), dims);
    const model = await loadGraphModel(
      io.fromMemory({ modelTopology, weightSpecs, weightData: weightData.buffer } as io.ModelArtifacts),
    );
    const expected = [await model.executeAsync({ x: tensor(x.data, [...dims]) }, [...outputs])].flat();
    const json = {
      format: 'graph-model',
      modelTopology,
      weightsManifest: [{ paths: ['w'], weights: weightSpecs }],
    };
    const externalData = [{ path: 'w', data: weightData }];
    const bytes = Buffer.from(JSON.stringify(json));
    await using session = await InferenceSession.create(bytes, { externalData, outputs });
    const results = await session.run<Tensor>({ x });
    for (const [at, name] of outputs.entries()) {
      const { data, dims: own } = results[name]!;
      expect(own).toEqual(expected[at]!.shape);
      const other = await expected[at]!.data();
      for (const [k, value] of other.entries()) expect(Number(data[k])).toBeCloseTo(value, 4);
    }
  });
});
