import type { NodeView } from '@zeroskip/onnx';
import { sizeOf, Tensor } from '@zeroskip/tensor';
import { lowerReshape } from '../lowering/reshape.ts';
import { type Operator, sameDensity } from './common/operator.ts';

interface ViewRow {
  readonly opType: string;
  readonly since?: number;
  readonly until?: number;
  readonly inputs: readonly [number, number];
  readonly shapeInputs?: readonly number[];
  readonly dims: (node: NodeView) => number[];
  /** Of values that are no tensors. */
  readonly run?: NonNullable<Operator['run']>;
}

/** An operator whose output is its first input's data, in the same order, under other dims. */
function view({ dims, ...row }: ViewRow): Operator {
  return {
    ...row,
    cheap: true,
    isView: true,
    density: sameDensity,
    infer: (node) => [{ type: node.input(0).type, dims: dims(node) }],
    evaluate: (_node, [x], [out]) => [x!.reshape(out!.dims)],
    lower: (node, lowering, [out]) => lowerReshape(lowering, node, out!.dims),
  };
}

function reshapeDims(node: NodeView): number[] {
  const input = node.input(0).dims;
  const size = sizeOf(input);
  const requested = node.opset < 5 ? node.ints('shape') : node.requiredOperand(1);
  if (!requested) throw node.error('attribute shape', 'a list of dims', 'none');
  const keepZeros = node.opset >= 14 && node.flag('allowzero', false);
  let open = -1;
  const dims = requested.map((dim, axis) => {
    if (dim === -1) {
      if (open >= 0) throw node.error('the new dims', 'at most one -1', requested, 'ERR_INVALID_SHAPE');
      open = axis;
      return 1;
    }
    if (dim < 0 || !Number.isSafeInteger(dim)) {
      throw node.error('the new dims', 'integers of at least -1', requested, 'ERR_INVALID_SHAPE');
    }
    if (dim === 0 && !keepZeros) {
      if (axis >= input.length) {
        throw node.error(
          'the new dims',
          `0 on the first ${input.length} axes only`,
          requested,
          'ERR_INVALID_SHAPE',
        );
      }
      return input[axis]!;
    }
    return dim;
  });
  const known = sizeOf(dims);
  if (open >= 0) {
    if (known === 0 || size % known !== 0) {
      throw node.error('the new dims', `dims that ${size} elements fill`, requested, 'ERR_INVALID_SHAPE');
    }
    dims[open] = size / known;
  } else if (known !== size) {
    throw node.error('the new dims', `${size} elements`, requested, 'ERR_INVALID_SHAPE');
  }
  return dims;
}

function flattenDims(node: NodeView): number[] {
  const { dims } = node.input(0);
  const axis = node.int('axis', 1);
  if (axis < -dims.length || axis > dims.length) {
    throw node.error('attribute axis', `an axis from ${-dims.length} to ${dims.length}`, axis);
  }
  const split = axis < 0 ? axis + dims.length : axis;
  return [sizeOf(dims.slice(0, split)), sizeOf(dims.slice(split))];
}

function squeezeDims(node: NodeView): number[] {
  const { dims } = node.input(0);
  const given = node.intsOf('axes', 1);
  if (!given) return dims.filter((dim) => dim !== 1);
  const axes = node.normalizeAxes(given, dims.length, 'axes');
  for (const axis of axes) {
    if (dims[axis] !== 1) throw node.error(`dims[${axis}] of input 0`, '1', dims[axis], 'ERR_INVALID_SHAPE');
  }
  return dims.filter((_, axis) => !axes.includes(axis));
}

function unsqueezeDims(node: NodeView): number[] {
  const { dims } = node.input(0);
  const given = node.intsOf('axes', 1);
  if (!given) throw node.error('axes', 'a list of axes', 'none');
  const rank = dims.length + given.length;
  const axes = new Set(node.normalizeAxes(given, rank, 'axes'));
  const rest = [...dims];
  return Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : rest.shift()!));
}

function dropoutTypes(node: NodeView) {
  const { type, dims } = node.input(0);
  const training = node.inputs[2];
  if (training && (!training.constant || training.constant.load().data[0])) {
    throw node.unsupported('input 2', 'training mode off', 'training mode that is on or computed');
  }
  return [
    { type, dims },
    { type: node.opset < 10 ? type : ('bool' as const), dims },
  ];
}

/** Without training, dropout is the identity, and its mask is all true. */
const dropout: Operator = {
  opType: 'Dropout',
  limits: 'Without training.',
  inputs: [1, 3],
  outputs: [1, 2],
  isView: true,
  density: sameDensity,
  infer: dropoutTypes,
  evaluate(_node, [x], types) {
    const mask = types[1]!;
    const ones = new Uint8Array(x!.size).fill(1);
    return [
      x!,
      mask.type === 'bool'
        ? new Tensor('bool', ones, mask.dims)
        : new Tensor(mask.type, Array.from(ones), mask.dims),
    ];
  },
  lower: (node, lowering, [out]) => !node.hasOutput(1) && lowerReshape(lowering, node, out!.dims),
};

export const reshapeOperators: Operator[] = [
  view({ opType: 'Reshape', inputs: [1, 2], shapeInputs: [1], dims: reshapeDims }),
  view({ opType: 'Flatten', inputs: [1, 1], dims: flattenDims }),
  view({ opType: 'Squeeze', inputs: [1, 2], shapeInputs: [1], dims: squeezeDims }),
  view({ opType: 'Unsqueeze', inputs: [1, 2], shapeInputs: [1], dims: unsqueezeDims }),
  view({
    opType: 'Identity',
    inputs: [1, 1],
    dims: (node) => [...node.input(0).dims],
    run: (_node, [value]) => [value!],
  }),
  dropout,
];
