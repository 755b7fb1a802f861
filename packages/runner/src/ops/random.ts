import type { NodeView, ValueType } from '@zeroskip/onnx';
import { type ElementType, sizeOf } from '@zeroskip/tensor';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { anyType, floats, isBig, numbers } from './common/types.ts';

/** Mixes 32 bits (the finalizer of SplitMix). */
function mixed(bits: number): number {
  let x = bits | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** Of attribute `seed`; without one of the node's name, so that nodes differ and runs do not. */
function seedOf(node: NodeView): number {
  if (!node.has('seed'))
    return [...node.name].reduce((hash, letter) => mixed(hash ^ letter.codePointAt(0)!), 1);
  return mixed(new Int32Array(new Float32Array([node.float('seed')]).buffer)[0]!);
}

/** Numbers from 0 up to 1, the same for the same seed. */
function uniforms(node: NodeView): () => number {
  let state = seedOf(node);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mixed(state) / 2 ** 32;
  };
}

/** By Box and Muller. */
function normals(node: NodeView): () => number {
  const uniform = uniforms(node);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

function spread(node: NodeView, kind: 'Normal' | 'Uniform'): () => number {
  if (kind === 'Normal') {
    const [mean, scale, next] = [node.float('mean', 0), node.float('scale', 1), normals(node)];
    return () => mean + scale * next();
  }
  const [low, high, next] = [node.float('low', 0), node.float('high', 1), uniforms(node)];
  return () => low + (high - low) * next();
}

const limits =
  'The same seed gives the same values, which are not those of other runtimes; without a seed they follow from the name of the node.';
const FLOAT = 1;

function outputType(
  node: NodeView,
  absent: ElementType | undefined,
  types: readonly ElementType[],
): ElementType {
  const type = absent !== undefined && !node.has('dtype') ? absent : node.type('dtype', FLOAT);
  if (!types.includes(type)) throw node.error('the type of the output', `one of ${types.join(', ')}`, type);
  return type;
}

function random(kind: 'Normal' | 'Uniform'): Operator {
  return {
    opType: `Random${kind}`,
    limits,
    inputs: [0, 0],
    infer(node): ValueType[] {
      const dims = node.ints('shape');
      if (!dims?.every((dim) => Number.isSafeInteger(dim) && dim >= 0))
        throw node.error('attribute shape', 'non-negative integers', dims ?? 'none', 'ERR_INVALID_SHAPE');
      return [{ type: outputType(node, undefined, floats), dims }];
    },
    evaluate: (node, _inputs, [out]) => filled(out!, (to) => fill(to, spread(node, kind))),
  };
}

function fill(to: Float32Array, next: () => number): void {
  for (let i = 0; i < to.length; i++) to[i] = next();
}

function randomLike(kind: 'Normal' | 'Uniform'): Operator {
  return {
    opType: `Random${kind}Like`,
    limits,
    inputs: [1, 1],
    types: [anyType],
    fromDims: [0],
    infer(node) {
      const { type, dims } = node.input(0);
      return [{ type: outputType(node, type, floats), dims }];
    },
    evaluate: (node, _inputs, [out]) => filled(out!, (to) => fill(to, spread(node, kind))),
  };
}

const bernoulli: Operator = {
  opType: 'Bernoulli',
  limits,
  since: 15,
  inputs: [1, 1],
  types: [floats],
  infer(node) {
    const { type, dims } = node.input(0);
    return [{ type: outputType(node, type, [...numbers, 'bool']), dims }];
  },
  evaluate(node, [x], [out]) {
    const next = uniforms(node);
    const [no, yes] = (isBig(out!.type) ? [0n, 1n] : [0, 1]) as [number, number];
    return filled(out!, (to) => {
      for (let i = 0; i < to.length; i++) to[i] = next() < Number(x!.data[i]) ? yes : no;
    });
  },
};

/** Samples of classes, from logarithms of what their probabilities are in proportion to. */
const multinomial: Operator = {
  opType: 'Multinomial',
  limits,
  since: 7,
  inputs: [1, 1],
  types: [floats],
  infer(node) {
    const { dims } = node.input(0);
    const count = node.int('sample_size', 1);
    if (dims.length !== 2 || dims[1]! < 1)
      throw node.error('dims of input 0', '[images, at least 1]', dims, 'ERR_INVALID_SHAPE');
    if (!Number.isSafeInteger(count) || count < 0)
      throw node.error('attribute sample_size', 'at least 0', count);
    return [
      {
        type: outputType(node, node.has('dtype') ? undefined : 'int32', ['int32', 'int64']),
        dims: [dims[0]!, count],
      },
    ];
  },
  evaluate(node, [x], [out]) {
    const [classes, samples] = [x!.dims[1]!, out!.dims[1]!];
    const next = uniforms(node);
    return filled<unknown>(out!, (to) => {
      const values = to as { [index: number]: number | bigint };
      for (let i = 0; i < sizeOf(out!.dims); i++) {
        const start = Math.floor(i / samples) * classes;
        const own = (x!.data as Float32Array).subarray(start, start + classes);
        const top = own.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
        const weights = Array.from(own, (value) => Math.exp(value - top));
        let rest = next() * weights.reduce((sum, weight) => sum + weight, 0);
        let pick = 0;
        while (pick < classes - 1 && rest >= weights[pick]!) rest -= weights[pick++]!;
        values[i] = isBig(out!.type) ? BigInt(pick) : pick;
      }
    });
  },
};

export const randomOperators: Operator[] = [
  random('Normal'),
  random('Uniform'),
  randomLike('Normal'),
  randomLike('Uniform'),
  bernoulli,
  multinomial,
];
