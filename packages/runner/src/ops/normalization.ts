import { constantFrom, float, type NodeView, type ValueType } from '@zeroskip/onnx';
import { convSpec, sizeOf, Tensor } from '@zeroskip/tensor';
import type { Lowering } from '../lowering/lowering.ts';
import { asChannels, emitNormalization } from '../lowering/normalization.ts';
import { densePlace, type Place } from '../lowering/place.ts';
import { batchNormalization } from './batch-normalization.ts';
import { broadcastDims, expand } from './common/broadcast.ts';
import { composite } from './common/composite.ts';
import type { Composite, Operator } from './common/operator.ts';
import { filled } from './common/results.ts';
import { emptyLike, type FloatArray, floats, requireVectors } from './common/types.ts';

/** Shifts and scales each of `runs` runs of `size` values to mean 0 and variance 1. */
function standardize(
  from: FloatArray,
  to: FloatArray,
  runs: number,
  size: number,
  epsilon: number,
): Float64Array[] {
  const means = new Float64Array(runs);
  const deviations = new Float64Array(runs);
  for (let run = 0; run < runs; run++) {
    const start = run * size;
    let sum = 0;
    for (let i = start; i < start + size; i++) sum += from[i]!;
    const mean = sum / size;
    let squares = 0;
    for (let i = start; i < start + size; i++) squares += (from[i]! - mean) ** 2;
    const inverse = 1 / Math.sqrt(squares / size + epsilon);
    for (let i = start; i < start + size; i++) to[i] = (from[i]! - mean) * inverse;
    means[run] = mean;
    deviations[run] = inverse;
  }
  return [means, deviations];
}

const instanceNormalization: Operator = {
  opType: 'InstanceNormalization',
  limits: 'Native with a constant scale and bias.',
  types: [floats],
  inputs: [3, 3],
  infer(node) {
    const { type } = node.input(0);
    const dims = node.rankAtLeast(0, 3);
    requireVectors(node, [1, 2], dims[1]!);
    return [{ type, dims }];
  },
  evaluate(node, [x, scale, bias], [out]) {
    const from = x!.data as FloatArray;
    return filled(out!, (to) => {
      const [planes, inner] = [sizeOf(x!.dims.slice(0, 2)), sizeOf(x!.dims.slice(2))];
      standardize(from, to, planes, inner, node.float('epsilon', 1e-5));
      const [g, b] = [scale!.data as Float32Array, bias!.data as Float32Array];
      for (let i = 0; i < to.length; i++) {
        const c = Math.floor(i / inner) % g.length;
        to[i] = to[i]! * g[c]! + b[c]!;
      }
    });
  },
  lower(node, lowering) {
    const [scale, bias] = [node.input(1).constant, node.input(2).constant];
    if (node.input(0).type !== 'float32' || !scale || !bias) return false;
    const x = lowering.map(node.input(0));
    emitNormalization(lowering, x, lowering.output(node, 0), {
      shape: { n: x.n, h: 1, w: 1, c: x.c },
      epsilon: node.float('epsilon', 1e-5),
      centred: true,
      scale: lowering.perChannel(scale.load().data as Float32Array),
      bias: lowering.perChannel(bias.load().data as Float32Array),
    });
    return true;
  },
};

/** Normalizes the runs along the axes from `axis` on; false where scale and bias are not of one run's size. */
export function lowerRuns(lowering: Lowering, node: NodeView, centred: boolean): boolean {
  const { name, type, dims } = node.input(0);
  const inner = sizeOf(dims.slice(node.axis(dims.length, -1)));
  const scale = asChannels(lowering, node.input(1), inner);
  const given = node.inputs[2];
  const bias = given && asChannels(lowering, given, inner);
  if (type !== 'float32' || !scale || (given && !bias)) return false;
  const shape = { n: 1, h: 1, w: sizeOf(dims) / inner, c: inner };
  const rows = lowering.values.rows(name);
  const home = lowering.values.defineRows(node.node.outputs[0]!);
  emitNormalization(
    lowering,
    densePlace(rows.region, shape, rows.offset),
    densePlace(home.region, shape, home.offset),
    { shape: { ...shape, c: 1 }, epsilon: node.float('epsilon', 1e-5), centred, scale, bias },
  );
  return true;
}

const layerNormalization: Operator = {
  opType: 'LayerNormalization',
  limits: 'Native where scale and bias have the dims of one run, and only the first output is used.',
  types: [floats, 0],
  since: 17,
  inputs: [2, 3],
  outputs: [1, 3],
  infer(node): ValueType[] {
    const { type, dims } = node.input(0);
    const axis = node.axis(dims.length, -1);
    for (const index of node.hasInput(2) ? [1, 2] : [1]) {
      const own = node.input(index).dims;
      if (broadcastDims(node, [dims, own]).some((dim, i) => dim !== dims[i] || own.length > dims.length)) {
        throw node.error(
          `dims of input ${index}`,
          'dims that broadcast to those of input 0',
          own,
          'ERR_INVALID_SHAPE',
        );
      }
    }
    const reduced = dims.map((dim, i) => (i < axis ? dim : 1));
    return [
      { type, dims },
      { type: 'float32', dims: reduced },
      { type: 'float32', dims: reduced },
    ];
  },
  evaluate(node, [x, scale, bias], [out, reduced]) {
    const from = x!.data as FloatArray;
    const to = emptyLike(from);
    const axis = node.axis(x!.dims.length, -1);
    const [means, deviations] = standardize(
      from,
      to,
      sizeOf(reduced!.dims),
      sizeOf(x!.dims.slice(axis)),
      node.float('epsilon', 1e-5),
    );
    const g = expand(scale!, x!.dims).data as FloatArray;
    const b = bias && (expand(bias, x!.dims).data as FloatArray);
    for (let i = 0; i < to.length; i++) to[i] = to[i]! * g[i]! + (b?.[i] ?? 0);
    return [
      new Tensor(out!.type, to as never, out!.dims),
      new Tensor('float32', Float32Array.from(means!), reduced!.dims),
      new Tensor('float32', Float32Array.from(deviations!), reduced!.dims),
    ];
  },
  lower: (node, lowering) =>
    node.node.outputs.slice(1).every((name) => name === '') && lowerRuns(lowering, node, true),
};

/** InstanceNormalization of the groups as channels; since operator set 21 every channel has its own scale and bias. */
const groupNormalization = composite(
  { opType: 'GroupNormalization', since: 18, inputs: [3, 3], types: [floats, 0] },
  (node, parts, output) => {
    const { name: x, type, dims } = node.input(0);
    const [n, channels] = node.rankAtLeast(0, 3) as [number, number];
    const groups = node.int('num_groups');
    if (groups < 1 || channels % groups !== 0)
      throw node.error('attribute num_groups', `a divisor of ${channels}`, groups);
    const perChannel = node.opset >= 21;
    requireVectors(node, [1, 2], perChannel ? channels : groups);
    const [scale, bias] = [node.input(1).name, node.input(2).name];
    const same = (value: number) => parts.constant(new Tensor(type, new Array<number>(groups).fill(value)));
    const inGroups = parts.reshape(x, [n, groups, sizeOf(dims) / Math.max(1, n * groups)]);
    const parameters = perChannel ? [same(1), same(0)] : [scale, bias];
    const attributes = new Map([['epsilon', float(node.float('epsilon', 1e-5))]]);
    const normal = parts.add('InstanceNormalization', [inGroups, ...parameters], { attributes });
    const normalized = parts.reshape(normal, dims, perChannel ? undefined : output);
    if (!perChannel) return;
    const vector = [channels, ...dims.slice(2).map(() => 1)];
    const scaled = parts.add('Mul', [normalized, parts.reshape(scale, vector)]);
    parts.add('Add', [scaled, parts.reshape(bias, vector)], { output });
  },
);

/** First and one past the last channel of LRN's window around `channel`. */
function lrnWindow(channel: number, size: number, channels: number): [number, number] {
  const before = Math.floor((size - 1) / 2);
  return [Math.max(0, channel - before), Math.min(channels, channel - before + size)];
}

/** Channels up to which LRN has weights between all of them: 16 MB. */
const MAX_BAND_CHANNELS = 2048;

const lrn: Operator = {
  opType: 'LRN',
  types: [floats],
  inputs: [1, 1],
  infer(node) {
    const { type } = node.input(0);
    const dims = node.rankAtLeast(0, 2);
    if (node.int('size') < 1) throw node.error('attribute size', 'at least 1', node.int('size'));
    return [{ type, dims }];
  },
  evaluate(node, [x], [out]) {
    const from = x!.data as FloatArray;
    return filled(out!, (to) => {
      const size = node.int('size');
      const [alpha, beta, bias] = [
        node.float('alpha', 1e-4),
        node.float('beta', 0.75),
        node.float('bias', 1),
      ];
      const channels = x!.dims[1]!;
      const inner = sizeOf(x!.dims.slice(2));
      for (let i = 0; i < from.length; i++) {
        const c = Math.floor(i / inner) % channels;
        const [first, end] = lrnWindow(c, size, channels);
        let squares = 0;
        for (let k = first; k < end; k++) squares += from[i + (k - c) * inner]! ** 2;
        to[i] = from[i]! * (bias + (alpha / size) * squares) ** -beta;
      }
    });
  },
  /** The sum over neighbouring channels is a 1×1 convolution of the squares with a band of weights. */
  lower(node, lowering) {
    if (node.input(0).type !== 'float32' || node.input(0).dims[1]! > MAX_BAND_CHANNELS) return false;
    const size = node.int('size');
    const x = lowering.map(node.input(0));
    const weights = new Float32Array(x.c * x.c);
    for (let c = 0; c < x.c; c++) {
      const [first, end] = lrnWindow(c, size, x.c);
      weights.fill(node.float('alpha', 1e-4) / size, c * x.c + first, c * x.c + end);
    }
    const [squares, sums, powers] = [0, 1, 2].map(() => lowering.temporary(x)) as [Place, Place, Place];
    lowering.emitBinary('mul', x, x, squares);
    const spec = convSpec({ inChannels: x.c, outChannels: x.c, kernel: [1, 1] });
    const constant = constantFrom(new Tensor('float32', weights, [x.c, x.c, 1, 1]));
    const bias = new Float32Array(x.c).fill(node.float('bias', 1));
    lowering.emitConvolution(node, { spec, weights: constant, bias }, squares, sums);
    lowering.emitBinary(
      'pow',
      sums,
      lowering.perChannel(new Float32Array([-node.float('beta', 0.75)])),
      powers,
    );
    lowering.emitBinary('mul', x, powers, lowering.output(node, 0));
    return true;
  },
};

const lpNormalization: Operator = {
  opType: 'LpNormalization',
  types: [floats],
  inputs: [1, 1],
  infer(node) {
    const { type, dims } = node.input(0);
    node.axis(dims.length, -1);
    const p = node.int('p', 2);
    if (p !== 1 && p !== 2) throw node.error('attribute p', '1 or 2', p);
    return [{ type, dims }];
  },
  evaluate(node, [x], [out]) {
    const from = x!.data as FloatArray;
    return filled(out!, (to) => {
      const axis = node.axis(x!.dims.length, -1);
      const inner = sizeOf(x!.dims.slice(axis + 1));
      const length = x!.dims[axis]!;
      const p = node.int('p', 2);
      for (let i = 0; i < from.length; i++) {
        const at = Math.floor(i / inner) % length;
        if (at !== 0) continue;
        let sum = 0;
        for (let k = 0; k < length; k++) sum += Math.abs(from[i + k * inner]!) ** p;
        const norm = p === 2 ? Math.sqrt(sum) : sum;
        for (let k = 0; k < length; k++) to[i + k * inner] = norm === 0 ? 0 : from[i + k * inner]! / norm;
      }
    });
  },
};

export const normalizationOperators: (Operator | Composite)[] = [
  batchNormalization,
  instanceNormalization,
  layerNormalization,
  groupNormalization,
  lrn,
  lpNormalization,
];
