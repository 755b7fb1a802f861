import { type Constant, constantFrom, type NodeView } from '@zeroskip/onnx';
import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { isBig, numbers } from './common/types.ts';

function constantValue(node: NodeView): Constant {
  const names = ['value', 'value_float', 'value_floats', 'value_int', 'value_ints'].filter((name) =>
    node.has(name),
  );
  const attribute = node.raw(names[0] ?? '');
  if (names.length !== 1 || !attribute || node.node.attributes.size !== 1) {
    const received = [...node.node.attributes.keys()];
    const code =
      received.length === 1 && received[0]!.startsWith('value_string')
        ? 'ERR_UNSUPPORTED_TYPE'
        : 'ERR_INVALID_MODEL';
    throw node.error(
      'attributes',
      'one of value, value_float, value_floats, value_int, value_ints',
      received,
      code,
    );
  }
  switch (attribute.kind) {
    case 'tensor':
      return attribute.value;
    case 'float':
      return constantFrom(new Tensor('float32', [attribute.value], []));
    case 'floats':
      return constantFrom(new Tensor('float32', attribute.value));
    case 'int':
      return constantFrom(new Tensor('int64', [attribute.value], []));
    case 'ints':
      return constantFrom(new Tensor('int64', attribute.value));
    default:
      throw node.error(`attribute ${names[0]}`, 'a tensor, floats or ints', attribute.kind);
  }
}

const constant: Operator = {
  opType: 'Constant',
  cheap: true,
  limits: 'No strings.',
  inputs: [0, 0],
  infer(node) {
    const { type, dims } = constantValue(node);
    return [{ type, dims }];
  },
  evaluate: (node) => [constantValue(node).load()],
};

const constantOfShape: Operator = {
  opType: 'ConstantOfShape',
  cheap: true,
  since: 9,
  inputs: [1, 1],
  shapeInputs: [0],
  infer(node) {
    const dims = node.dimsOperand(0, 'input 0');
    const value = node.tensor('value');
    if (value && sizeOf(value.dims) !== 1) throw node.error('attribute value', 'one element', value.dims);
    return [{ type: value?.type ?? 'float32', dims }];
  },
  evaluate(node, _inputs, [out]) {
    return filled(out!, (to) => {
      const value = node.tensor('value')?.load().data[0];
      if (value !== undefined) to.fill(value as number);
    });
  },
};

const range: Operator = {
  opType: 'Range',
  since: 11,
  inputs: [3, 3],
  types: [numbers, 0],
  shapeInputs: [0, 1, 2],
  infer(node) {
    const [start, limit, delta] = [0, 1, 2].map((index) => node.requiredOperand(index, 1)[0]!) as [
      number,
      number,
      number,
    ];
    const length = Math.max(0, Math.ceil((limit - start) / delta));
    if (!Number.isSafeInteger(length))
      throw node.error('start, limit and delta', 'a finite range', [start, limit, delta]);
    return [{ type: node.input(0).type, dims: [length] }];
  },
  evaluate(_node, [start, , delta], [out]) {
    const to = allocate(out!.type, out!.dims[0]!);
    const [first, step] = [Number(start!.data[0]), Number(delta!.data[0])];
    for (let i = 0; i < to.length; i++) {
      const value = first + i * step;
      to[i] = (isBig(out!.type) ? BigInt(value) : value) as never;
    }
    return [new Tensor(out!.type, to, out!.dims)];
  },
};

const shape: Operator = {
  opType: 'Shape',
  inputs: [1, 1],
  fromDims: [0],
  infer(node) {
    const rank = node.input(0).dims.length;
    const clamp = (axis: number) => Math.min(rank, Math.max(0, axis < 0 ? axis + rank : axis));
    const [start, end] = [clamp(node.int('start', 0)), clamp(node.int('end', rank))];
    return [{ type: 'int64', dims: [Math.max(0, end - start)] }];
  },
  evaluate(node, _inputs, [out]) {
    const { dims } = node.input(0);
    const start = node.int('start', 0);
    const first = Math.min(dims.length, Math.max(0, start < 0 ? start + dims.length : start));
    return [new Tensor('int64', dims.slice(first, first + out!.dims[0]!).map(BigInt), out!.dims)];
  },
};

const size: Operator = {
  opType: 'Size',
  inputs: [1, 1],
  fromDims: [0],
  infer: () => [{ type: 'int64', dims: [] }],
  evaluate: (node) => [new Tensor('int64', [BigInt(sizeOf(node.input(0).dims))], [])],
};

export const constantOperators: Operator[] = [constant, constantOfShape, range, shape, size];
