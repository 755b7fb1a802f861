import { Tensor } from '@zeroskip/tensor';
import {
  float32,
  graphProto,
  innerGraph,
  int64,
  type ModelParts,
  node,
  valueInfo,
} from '../../support/onnx.ts';

const x = [valueInfo('x', 'float32', [1, 4, 6, 6])];
const y = [valueInfo('y', 'float32', ['a', 'b', 'c', 'd'])];

const loopBody = graphProto({
  nodes: [
    node('Mul', ['v', 'half'], ['w']),
    node('SequenceInsert', ['s', 'w'], ['t']),
    node('ReduceMax', ['w'], ['most'], { keepdims: 0 }),
    node('Less', ['most', 'bound'], ['goes']),
  ],
  inputs: [
    valueInfo('i', 'int64', []),
    valueInfo('go', 'bool', []),
    valueInfo('v', 'float32', undefined),
    { name: 's' },
  ],
  outputs: ['goes', 'w', 't', 'most'].map((name) => ({ name })),
});

const scanBody = graphProto({
  nodes: [node('Add', ['s', 'p'], ['t']), node('Neg', ['t'], ['u'])],
  inputs: [valueInfo('s', 'float32', undefined), valueInfo('p', 'float32', undefined)],
  outputs: [{ name: 't' }, { name: 'u' }],
});

const quantized = {
  s: float32([], [0.0625]),
  t: float32([], [0.03125]),
  z: new Tensor('uint8', [7], []),
  v: new Tensor('int8', [0], []),
  w: new Tensor(
    'int8',
    Int8Array.from({ length: 144 }, (_, i) => ((i * 37) % 255) - 127),
    [4, 4, 3, 3],
  ),
};

/** Small networks with every kind of attribute, constant and shape arithmetic. */
export const onnxModels: readonly ModelParts[] = [
  {
    nodes: [
      node('Conv', ['x', 'w', 'b'], ['c'], {
        strides: [2, 2],
        pads: [1, 1, 1, 1],
        dilations: [1, 1],
        group: 2,
      }),
      node('Relu', ['c'], ['y']),
    ],
    inputs: x,
    outputs: y,
    constants: { w: float32([6, 2, 3, 3]), b: float32([6]) },
  },
  {
    nodes: [
      node('MaxPool', ['x'], ['p'], {
        kernel_shape: [2, 2],
        strides: [2, 2],
        pads: [0, 0, 1, 1],
        ceil_mode: 1,
      }),
      node('Resize', ['p', '', 'scales'], ['r'], {
        mode: 'linear',
        coordinate_transformation_mode: 'half_pixel',
      }),
      node('Concat', ['r', 'r'], ['y'], { axis: 1 }),
    ],
    inputs: x,
    outputs: y,
    constants: { scales: float32([4], [1, 1, 2, 2]) },
  },
  {
    nodes: [
      node('Slice', ['x', 'starts', 'ends', 'axes', 'steps'], ['s']),
      node('Pad', ['s', 'pads'], ['p'], { mode: 'reflect' }),
      node('Reshape', ['p', 'dims'], ['r']),
      node('Transpose', ['r'], ['y'], { perm: [0, 2, 1] }),
    ],
    inputs: x,
    outputs: y,
    constants: {
      starts: int64([0, -1]),
      ends: int64([4, -7]),
      axes: int64([1, 3]),
      steps: int64([2, -1]),
      pads: int64([0, 0, 1, 1, 0, 0, 1, 1]),
      dims: int64([1, 2, -1]),
    },
  },
  {
    nodes: [
      node('Shape', ['x'], ['s']),
      node('Gather', ['s', 'first'], ['n'], { axis: 0 }),
      node('Concat', ['n', 'rest'], ['dims'], { axis: 0 }),
      node('ConstantOfShape', ['dims'], ['k'], { value: float32([1], [2]) }),
      node('ReduceMean', ['x'], ['m'], { axes: [2, 3] }),
      node('Split', ['m', 'sizes'], ['a', 'b'], { axis: 1 }),
      node('Mul', ['a', 'k'], ['y']),
    ],
    inputs: x,
    outputs: y,
    constants: { first: int64([0]), rest: int64([3, 5, 5]), sizes: int64([1, 3]) },
  },
  {
    nodes: [
      node('ConvTranspose', ['x', 'w'], ['t'], {
        strides: [2, 2],
        output_padding: [1, 1],
        pads: [1, 1, 1, 1],
      }),
      node('Flatten', ['t'], ['f'], { axis: 1 }),
      node('TopK', ['f', 'k'], ['v', 'i'], { axis: -1, largest: 1 }),
      node('Gemm', ['v', 'g'], ['h'], { alpha: { float: 0.5 }, transB: 1 }),
      node('Softmax', ['h'], ['y'], { axis: 1 }),
    ],
    inputs: x,
    outputs: y,
    constants: { w: float32([4, 2, 3, 3]), k: int64([7]), g: float32([3, 7]) },
  },
  {
    nodes: [
      node('Shape', ['x'], ['s'], { start: 0, end: 1 }),
      node('Equal', ['s', 'one'], ['e']),
      node('If', ['e'], ['i'], {
        then_branch: { graph: innerGraph([node('Add', ['x', 'k'], ['t'])], ['t'], { k: float32([1], [2]) }) },
        else_branch: { graph: innerGraph([node('Neg', ['x'], ['f'])], ['f']) },
      }),
      { ...node('Leaky', ['i'], ['l'], { slope: { float: 0.5 } }), domain: 'local' },
      { ...node('FusedConv', ['l', 'w'], ['y'], { activation: 'Relu' }), domain: 'com.microsoft' },
    ],
    inputs: x,
    outputs: y,
    constants: { one: int64([1]), w: float32([2, 4, 1, 1]) },
    functions: [
      {
        name: 'Leaky',
        domain: 'local',
        input: ['a'],
        output: ['b'],
        attribute: ['slope'],
        node: [node('LeakyRelu', ['a'], ['b'], { alpha: { reference: 'slope', type: 1 } })],
        opsetImport: [{ domain: '', version: 17 }],
      },
    ],
  },
  {
    nodes: [
      node('Add', ['x', 'k'], ['s'], { broadcast: 1, axis: 1 }),
      node('PRelu', ['s', 'k'], ['p']),
      node('Upsample', ['p'], ['y'], {
        mode: 'bilinear',
        height_scale: { float: 2 },
        width_scale: { float: 2 },
      }),
    ],
    inputs: x,
    outputs: y,
    constants: { k: float32([4], [1, 2, 3, 4]) },
    opset: 6,
  },
  {
    nodes: [
      node('Relu', ['x'], ['r']),
      node('NonZero', ['r'], ['n']),
      node('Transpose', ['n'], ['t']),
      node('GatherND', ['r', 't'], ['g']),
      node('ReduceL2', ['g'], ['m'], { keepdims: 0 }),
      node('Cast', ['m'], ['trips'], { to: 7 }),
      node('SequenceEmpty', [], ['s']),
      node('Loop', ['trips', '', 'x', 's'], ['v', 'q', 'all'], { body: { graph: loopBody } }),
      node('ConcatFromSequence', ['q'], ['y'], { axis: 0 }),
    ],
    inputs: x,
    outputs: y,
    constants: { half: float32([], [0.5]), bound: float32([], [4]) },
  },
  {
    nodes: [
      node('QuantizeLinear', ['x', 's', 'z'], ['q']),
      node('QLinearConv', ['q', 's', 'z', 'w', 't', 'v', 's', 'z'], ['c'], { pads: [1, 1, 1, 1] }),
      node('DequantizeLinear', ['c', 's', 'z'], ['d']),
      node('DequantizeLinear', ['w', 't', 'v'], ['f']),
      node('Conv', ['d', 'f'], ['e'], { pads: [1, 1, 1, 1] }),
      node('QuantizeLinear', ['e', 's', 'z'], ['g']),
      node('DequantizeLinear', ['g', 's', 'z'], ['h']),
      node('Add', ['d', 'h'], ['a']),
      node('QuantizeLinear', ['a', 's', 'z'], ['b']),
      node('DequantizeLinear', ['b', 's', 'z'], ['y']),
    ],
    inputs: x,
    outputs: y,
    constants: quantized,
  },
  {
    nodes: [
      node('DynamicQuantizeLinear', ['x'], ['q', 'p', 'r']),
      node('ConvInteger', ['q', 'w', 'r', 'v'], ['c'], { pads: [1, 1, 1, 1] }),
      node('Cast', ['c'], ['f'], { to: 1 }),
      node('Mul', ['p', 's'], ['m']),
      node('Mul', ['f', 'm'], ['y']),
    ],
    inputs: x,
    outputs: y,
    constants: { w: quantized.w, v: quantized.v, s: quantized.s },
  },
  {
    nodes: [
      node('ReduceSum', ['x'], ['sum'], { keepdims: 0 }),
      node('Greater', ['sum', 'zero'], ['c']),
      node('If', ['c'], ['o'], {
        then_branch: { graph: innerGraph([node('Optional', ['x'], ['a'])], ['a']) },
        else_branch: { graph: innerGraph([node('Optional', [], ['b'])], ['b']) },
      }),
      node('OptionalHasElement', ['o'], ['h']),
      node('OptionalGetElement', ['o'], ['e']),
      node('SplitToSequence', ['e', 'sizes'], ['parts'], { axis: 1 }),
      node('SequenceAt', ['parts', 'at'], ['p']),
      node('Scan', ['first', 'p'], ['last', 'y'], { body: { graph: scanBody }, num_scan_inputs: 1 }),
    ],
    inputs: x,
    outputs: y,
    constants: { zero: float32([]), sizes: int64([1, 3]), at: int64([-1], []), first: float32([3, 6, 6]) },
  },
];
