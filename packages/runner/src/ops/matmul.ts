import { type Constant, type NodeView, stridesOf } from '@zeroskip/onnx';
import { convSpec, sizeOf, Tensor } from '@zeroskip/tensor';
import type { Lowering } from '../lowering/lowering.ts';
import { densePlace, regrouped } from '../lowering/place.ts';
import { lowerProduct } from '../lowering/product.ts';
import { broadcastDims } from './common/broadcast.ts';
import type { Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { broadcastStrides } from './common/strides.ts';
import { type FloatArray, floats, isBig, isFloat, numbers } from './common/types.ts';

interface Matrix {
  readonly data: ArrayLike<number>;
  readonly start: number;
  /** Elements between rows and between columns. */
  readonly strides: readonly [number, number];
}

/** `to[start..] = a (m × k) · b (k × n)`, sums in double precision. */
function multiply(
  a: Matrix,
  b: Matrix,
  to: { [index: number]: number },
  start: number,
  m: number,
  k: number,
  n: number,
  zero = 0,
) {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = zero;
      let [from, by] = [a.start + i * a.strides[0], b.start + j * b.strides[1]];
      for (let l = 0; l < k; l++) {
        sum += a.data[from]! * b.data[by]!;
        from += a.strides[1];
        by += b.strides[0];
      }
      to[start + i * n + j] = sum;
    }
  }
}

/** `k × n` weights as a pointwise convolution's `n × k`, times `alpha`. */
function transposed(weights: Constant, k: number, n: number, alpha: number, already: boolean): Constant {
  const dims = [n, k, 1, 1];
  return {
    type: 'float32',
    dims,
    load() {
      const from = weights.load().data as Float32Array;
      if (already && alpha === 1) return new Tensor('float32', from, dims);
      const to = new Float32Array(from.length);
      for (let i = 0; i < n; i++) {
        for (let l = 0; l < k; l++) to[i * k + l] = alpha * from[already ? i * k + l : l * n + i]!;
      }
      return new Tensor('float32', to, dims);
    },
  };
}

interface GemmShape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
  readonly beta: number;
}

function gemmShape(node: NodeView): GemmShape {
  const [a, b] = [node.input(0).dims, node.input(1).dims];
  for (const [index, dims] of [a, b].entries()) {
    if (dims.length !== 2) throw node.error(`rank of input ${index}`, '2', dims.length, 'ERR_INVALID_SHAPE');
  }
  const [transA, transB] = [node.flag('transA', false), node.flag('transB', false)];
  const [m, k] = transA ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [rows, n] = transB ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (rows !== k)
    throw node.error('dims of input 1', `${k} along the shared axis`, rows, 'ERR_INVALID_SHAPE');
  return { m, k, n, transA, transB, alpha: node.float('alpha', 1), beta: node.float('beta', 1) };
}

/** The addend as one value per column, times beta; undefined when it differs between rows. */
function columnBias(addend: Constant, n: number, beta: number): Float32Array | undefined {
  const values = addend.load().data as Float32Array;
  const width = addend.dims.at(-1) ?? 1;
  if (values.length !== width) return undefined;
  return Float32Array.from({ length: n }, (_, j) => beta * values[width === 1 ? 0 : j]!);
}

/** The first input as `m × k`, times weights `n × k`: a 1×1 convolution over m pixels. */
function lowerMatrixProduct(
  lowering: Lowering,
  node: NodeView,
  m: number,
  k: number,
  n: number,
  weights: Constant,
  bias: Float32Array | undefined,
): boolean {
  if (m === 0 || n === 0) return false;
  const input = node.input(0);
  const spec = convSpec({ inChannels: k, outChannels: n, kernel: [1, 1] });
  const shape = { n: 1, h: 1, w: m, c: k };
  const isMatrix = input.dims.length === 2;
  const matrix = isMatrix ? regrouped(lowering.map(input), shape) : undefined;
  const rows =
    matrix ??
    densePlace(lowering.values.rows(input.name).region, shape, lowering.values.rows(input.name).offset);
  const home = lowering.values.defineRows(node.node.outputs[0]!);
  const output = densePlace(home.region, { n: 1, h: 1, w: m, c: n }, home.offset);
  lowering.emitConvolution(node, { spec, weights, bias }, rows, output, node.node.activation);
  return true;
}

const gemm: Operator = {
  opType: 'Gemm',
  limits:
    'No integers of 64 bits. Native without transA, and with a constant second matrix or alpha and beta of 1.',
  inputs: [2, 3],
  types: [numbers, 0],
  fusesActivation: true,
  infer(node) {
    const { type } = node.input(0);
    const { m, n } = gemmShape(node);
    const addend = node.inputs[2];
    if (addend) {
      const dims = broadcastDims(node, [[m, n], addend.dims]);
      if (dims.length !== 2 || dims[0] !== m || dims[1] !== n) {
        throw node.error(
          'dims of input 2',
          `dims that broadcast to [${m}, ${n}]`,
          addend.dims,
          'ERR_INVALID_SHAPE',
        );
      }
    }
    if (isBig(type)) throw node.unsupported('type of input 0', 'a float type', type);
    return [{ type, dims: [m, n] }];
  },
  evaluate(node, [a, b, addend], [out]) {
    const { m, k, n, transA, transB, alpha, beta } = gemmShape(node);
    return filled(out!, (to) => {
      const sums = new Float64Array(m * n);
      multiply(
        { data: a!.data as Float32Array, start: 0, strides: transA ? [1, m] : [k, 1] },
        { data: b!.data as Float32Array, start: 0, strides: transB ? [1, k] : [n, 1] },
        sums,
        0,
        m,
        k,
        n,
      );
      const strides = addend ? broadcastStrides(addend.dims, [m, n]) : [0, 0];
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          const plus = addend ? beta * (addend.data[i * strides[0]! + j * strides[1]!] as number) : 0;
          to[i * n + j] = alpha * sums[i * n + j]! + plus;
        }
      }
    });
  },
  lower(node, lowering) {
    const { m, k, n, transA, transB, alpha, beta } = gemmShape(node);
    const weights = node.input(1).constant;
    const addend = node.inputs[2];
    if (transA || node.input(0).type !== 'float32') return false;
    const bias = addend?.constant && columnBias(addend.constant, n, beta);
    if (weights && (!addend || bias))
      return lowerMatrixProduct(lowering, node, m, k, n, transposed(weights, k, n, alpha, transB), bias);
    if (alpha !== 1 || (addend && beta !== 1)) return false;
    return lowerProduct(lowering, node, { a: [m, k], b: [k, n], batch: [], transposed: transB, addend });
  },
};

interface MatMulShape {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly batch: number[];
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly dims: number[];
}

export function matMulShape(node: NodeView): MatMulShape {
  const given = [node.input(0).dims, node.input(1).dims];
  for (const [index, dims] of given.entries()) {
    if (dims.length === 0) throw node.error(`rank of input ${index}`, 'at least 1', 0, 'ERR_INVALID_SHAPE');
  }
  const a = given[0]!.length === 1 ? [1, given[0]![0]!] : given[0]!;
  const b = given[1]!.length === 1 ? [given[1]![0]!, 1] : given[1]!;
  const [m, k, rows, n] = [a.at(-2)!, a.at(-1)!, b.at(-2)!, b.at(-1)!];
  if (k !== rows)
    throw node.error('dims of input 1', `${k} along the shared axis`, rows, 'ERR_INVALID_SHAPE');
  const batch = broadcastDims(node, [a.slice(0, -2), b.slice(0, -2)]);
  const dims = [...batch, ...(given[0]!.length === 1 ? [] : [m]), ...(given[1]!.length === 1 ? [] : [n])];
  return { a, b, batch, m, k, n, dims };
}

/** All products of a batch, in double precision; of bigints where `zero` is one. */
export function multiplyMatrices(
  { a, b, batch, m, k, n }: MatMulShape,
  x: FloatArray,
  y: FloatArray,
  to: { [index: number]: number },
  zero = 0,
): void {
  const along = stridesOf(batch);
  const steps = [a, b].map((dims) =>
    broadcastStrides(dims.slice(0, -2), batch).map((stride) => stride * dims.at(-1)! * dims.at(-2)!),
  );
  for (let image = 0; image < sizeOf(batch); image++) {
    const start = (walk: readonly number[]) =>
      batch.reduce((sum, dim, axis) => sum + (Math.floor(image / along[axis]!) % dim) * walk[axis]!, 0);
    multiply(
      { data: x, start: start(steps[0]!), strides: [k, 1] },
      { data: y, start: start(steps[1]!), strides: [n, 1] },
      to,
      image * m * n,
      m,
      k,
      n,
      zero,
    );
  }
}

/** Products of integers of 32 or 64 bits, which wrap around. */
function integerProducts(shape: MatMulShape, x: Tensor, y: Tensor, to: { [index: number]: unknown }): void {
  const [a, b] = [x, y].map(({ data }) => Array.from(data, BigInt) as unknown as FloatArray);
  const sums: bigint[] = [];
  multiplyMatrices(shape, a!, b!, sums as unknown as number[], 0n as unknown as number);
  for (const [i, sum] of sums.entries()) to[i] = isBig(x.type) ? sum : Number(BigInt.asIntN(32, sum));
}

const matMul: Operator = {
  opType: 'MatMul',
  inputs: [2, 2],
  types: [[...floats, 'int32', 'uint32', 'int64', 'uint64'], 0],
  fusesActivation: true,
  infer(node) {
    return [{ type: node.input(0).type, dims: matMulShape(node).dims }];
  },
  evaluate: (node, [x, y], [out]) =>
    filled(out!, (to) => {
      const shape = matMulShape(node);
      if (isFloat(out!.type)) multiplyMatrices(shape, x!.data as FloatArray, y!.data as FloatArray, to);
      else integerProducts(shape, x!, y!, to);
    }),
  lower(node, lowering) {
    const { a, b, batch, k, n } = matMulShape(node);
    const weights = node.input(1).constant;
    if (node.input(0).type !== 'float32') return false;
    if (!weights || b.length !== 2) {
      return lowerProduct(lowering, node, { a, b, batch, transposed: false });
    }
    return lowerMatrixProduct(
      lowering,
      node,
      sizeOf(a.slice(0, -1)),
      k,
      n,
      transposed(weights, k, n, 1, false),
      undefined,
    );
  },
};

export const matrixOperators: Operator[] = [gemm, matMul];
