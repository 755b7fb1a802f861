import { int } from '@zeroskip/onnx';
import type { Attributes } from '../../emitter.ts';
import { type GraphBuilder, row, type Translate, type Translation, type Translations } from '../builder.ts';
import type { TfNode } from '../node.ts';
import { kindOf, type TensorValue } from '../value.ts';
import { partsOf } from './parts.ts';

/** Complex numbers are pairs of floats along one more axis, the last. */
const asComplex = (value: TensorValue): TensorValue => ({ ...value, isComplex: true });

function complexAt(node: TfNode, value: TensorValue): TensorValue {
  if (value.isComplex) return value;
  throw node.error('input 0', 'a tensor of complex numbers', kindOf(value), 'ERR_INVALID_TYPE');
}

const complex: Translate = (target, inputs, builder) => {
  const { node, int64s } = partsOf(target.name, builder);
  const parts = inputs
    .slice(0, 2)
    .map((input) => node('part', 'Unsqueeze', [builder.modelOrder(input).name, int64s('last', -1)]));
  return asComplex(builder.plain(node('pairs', 'Concat', parts, { axis: int(-1) }), inputs[0]!.rank));
};

const part =
  (which: 0 | 1): Translate =>
  (node, [input], builder) => {
    const { name, rank } = complexAt(node, input!);
    const place = builder.scalar(`${node.name}/part`, 'int64', which);
    return builder.plain(builder.node(node.name, 'Gather', [name, place], { axis: int(-1) }), rank);
  };

const magnitude: Translate = (node, [input], builder) => {
  const { name, rank } = complexAt(node, input!);
  const last = builder.int64s(`${node.name}/last`, [-1]);
  return builder.plain(builder.node(node.name, 'ReduceL2', [name, last], { keepdims: int(0) }), rank);
};

/** Along the last axis of the model, which is the one before the pairs. */
function transform(
  node: TfNode,
  pairs: string,
  length: string,
  attributes: Attributes,
  builder: GraphBuilder,
) {
  const axis = builder.scalar(`${node.name}/axis`, 'int64', -2);
  return builder.node(`${node.name}/transform`, 'DFT', [pairs, length, axis], attributes);
}

const fourier =
  (inverse: 0 | 1): Translate =>
  (node, [input], builder) => {
    const { name, rank } = complexAt(node, input!);
    return asComplex(builder.plain(transform(node, name, '', { inverse: int(inverse) }, builder), rank));
  };

const lengthOf = (value: TensorValue | undefined, builder: GraphBuilder) =>
  value === undefined ? '' : builder.reshape(`${value.name}/length`, builder.wide(value).name, []);

const ofReals: Translate = (node, [input, length], builder) => {
  const value = builder.modelOrder(input!);
  const pairs = builder.node(`${node.name}/pairs`, 'Unsqueeze', [
    value.name,
    builder.int64s(`${node.name}/last`, [-1]),
  ]);
  const made = transform(node, pairs, lengthOf(length, builder), { onesided: int(1) }, builder);
  return asComplex(builder.plain(made, value.rank));
};

/** The other half of the spectrum is the first one's, conjugate and backwards. */
const toReals: Translate = (target, [input, lengths], builder) => {
  const { node, int64s } = partsOf(target.name, builder);
  const { name, rank } = complexAt(target, input!);
  const [length = 0] = builder.integers(target, lengths, 'the length');
  if (length < 1) throw target.error('the length', 'at least 1', length);
  const half = Math.floor(length / 2) + 1;
  const axis = int64s('axis', -2);
  const first = node('first', 'Slice', [name, int64s('from', 0), int64s('to', half), axis]);
  const other = length - half;
  let spectrum = first;
  if (other > 0) {
    const bounds = [int64s('begin', other), int64s('end', 0), axis, int64s('by', -1)];
    const signs = builder.emitter.floats(`${target.name}/signs`, [1, -1]);
    const mirrored = node('mirrored', 'Mul', [node('back', 'Slice', [name, ...bounds]), signs]);
    spectrum = node('spectrum', 'Concat', [first, mirrored], { axis: int(-2) });
  }
  const values = transform(target, spectrum, '', { inverse: int(1) }, builder);
  const place = builder.scalar(`${target.name}/part`, 'int64', 0);
  return builder.plain(node('reals', 'Gather', [values, place], { axis: int(-1) }), rank);
};

const ofComplex = (translate: Translate, inputs = 1): Translation =>
  row(inputs, translate, undefined, ['complex']);

export const complexes: Translations = {
  Complex: row(2, complex),
  Real: ofComplex(part(0)),
  Imag: ofComplex(part(1)),
  ComplexAbs: ofComplex(magnitude),
  FFT: ofComplex(fourier(0)),
  IFFT: ofComplex(fourier(1)),
  RFFT: row(1, ofReals),
  IRFFT: ofComplex(toReals, 2),
};
